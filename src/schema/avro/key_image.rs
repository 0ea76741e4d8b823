//! A key that is expected in the text, ready to be compared in one step.

/// How many bytes are compared at once.
const WIDTH: usize = 16;

/// The bytes of a key, and its first sixteen of them as a number under a mask. A call to compare as few bytes as most
/// keys have costs more than the comparison.
#[derive(Debug)]
pub struct KeyImage {
    bytes: Box<[u8]>,
    head: u128,
    mask: u128,
}

impl KeyImage {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let mut head = [0; WIDTH];
        let mut mask = [0; WIDTH];
        for (index, byte) in bytes.iter().take(WIDTH).enumerate() {
            (head[index], mask[index]) = (*byte, 0xff);
        }
        Self { bytes: bytes.into(), head: u128::from_le_bytes(head), mask: u128::from_le_bytes(mask) }
    }

    /// The key itself.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether `text` starts with the key.
    #[inline]
    pub fn starts(&self, text: &[u8]) -> bool {
        match text.first_chunk::<WIDTH>() {
            Some(head) => {
                u128::from_le_bytes(*head) & self.mask == self.head
                    && (self.bytes.len() <= WIDTH || text[WIDTH..].starts_with(&self.bytes[WIDTH..]))
            }
            None => text.starts_with(&self.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_length_are_found_and_nothing_else() {
        for len in 0..40 {
            let key: Vec<u8> = (0..len).map(|i| b'a' + i).collect();
            let image = KeyImage::new(key.clone());
            for more in [0, 1, 15, 16, 40] {
                let mut text = key.clone();
                text.resize(key.len() + more, b'!');
                assert!(image.starts(&text), "{len} {more}");
                for wrong in 0..key.len() {
                    text[wrong] ^= 1;
                    assert!(!image.starts(&text), "{len} {more} {wrong}");
                    text[wrong] ^= 1;
                }
            }
            assert!(key.is_empty() || !image.starts(&key[..key.len() - 1]));
        }
    }
}
