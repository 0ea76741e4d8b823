//! A member's key as it is expected in the text, ready to be compared in one step or two.

/// How many bytes are compared at once.
const WIDTH: usize = 16;

/// How many bytes are written at once.
const BLOCK: usize = 32;

/// A field's name as a JSON key, in the two ways in which nearly all text is written.
#[derive(Debug)]
pub struct KeyImage {
    /// `,"name":`
    pub compact: Image,
    /// `, "name": `
    pub spaced: Image,
    /// The compact one, if it fits, and zeros behind it.
    block: [u8; BLOCK],
}

/// Bytes to be found in a text: the first sixteen of them as numbers under a mask, the last sixteen of longer ones as
/// another one. A call to compare as few bytes as most keys have costs more than the comparison.
#[derive(Debug)]
pub struct Image {
    head: [u64; 2],
    mask: [u64; 2],
    tail: u128,
    bytes: Box<[u8]>,
}

impl KeyImage {
    pub(super) fn new(name: &str) -> Self {
        let (compact, spaced) = (Image::new(&format!(",\"{name}\":")), Image::new(&format!(", \"{name}\": ")));
        let mut block = [0; BLOCK];
        block.iter_mut().zip(compact.as_bytes()).for_each(|(to, from)| *to = *from);
        Self { compact, spaced, block }
    }

    /// Appends the compact image, `,"name":`.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>) {
        let (len, end) = (self.compact.len(), out.len() + self.compact.len());
        if len <= BLOCK {
            // A store of known width, and then as much of it as is meant.
            out.extend_from_slice(&self.block);
            out.truncate(end);
        } else {
            out.extend_from_slice(self.compact.as_bytes());
        }
    }

    /// The key with its colon, `"name":`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.compact.bytes[1..]
    }

    /// Memory behind the images, in bytes.
    pub fn byte_size(&self) -> usize {
        self.compact.bytes.len() + self.spaced.bytes.len()
    }
}

impl Image {
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut head, mut mask, mut tail) = ([0; WIDTH], [0; WIDTH], [0; WIDTH]);
        for (index, byte) in bytes.iter().take(WIDTH).enumerate() {
            (head[index], mask[index]) = (*byte, 0xff);
        }
        if let Some(last) = bytes.last_chunk() {
            tail = *last;
        }
        Self { head: halves(head), mask: halves(mask), tail: u128::from_le_bytes(tail), bytes: bytes.into() }
    }

    /// The bytes themselves.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its length in bytes.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "there is always a colon")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it stands in `text` at `pos`. Only the bits in `compared` are looked at of the first eight bytes: where no
    /// comma comes before the key the first byte is another one. Sixteen bytes must follow the key in the text, whatever they are.
    #[inline]
    pub fn is_at(&self, text: &[u8], pos: usize, compared: u64) -> bool {
        let Some(head) = text.get(pos..).and_then(|rest| rest.first_chunk::<WIDTH>()) else { return false };
        let [low, high] = halves(*head);
        let differs = (low ^ self.head[0]) & self.mask[0] & compared | (high ^ self.head[1]) & self.mask[1];
        differs == 0 && (self.bytes.len() <= WIDTH || self.ends_at(text, pos + self.bytes.len()))
    }

    /// Whether the second half of a long one, and all between, ends at `end`.
    #[inline]
    fn ends_at(&self, text: &[u8], end: usize) -> bool {
        let Some(tail) = text.get(..end).and_then(|text| text.last_chunk::<WIDTH>()) else { return false };
        u128::from_le_bytes(*tail) == self.tail
            && (self.bytes.len() <= 2 * WIDTH || text[..end].ends_with(&self.bytes[WIDTH..]))
    }
}

#[inline]
fn halves(bytes: [u8; WIDTH]) -> [u64; 2] {
    let number = u128::from_le_bytes(bytes);
    #[expect(clippy::cast_possible_truncation, reason = "one half after the other")]
    let halves = [number as u64, (number >> 64) as u64];
    halves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_length_are_found_and_nothing_else() {
        for len in 0..60 {
            let name: String = (0..len).map(|i| char::from(b'A' + i)).collect();
            let key = KeyImage::new(&name);
            assert_eq!(key.as_bytes(), format!("\"{name}\":").as_bytes());
            let mut out = b"1".to_vec();
            key.push(&mut out);
            assert_eq!(out, format!("1,\"{name}\":").as_bytes());
            for image in [&key.compact, &key.spaced] {
                let mut text = [b"[1", &*image.bytes, &[b'!'; WIDTH]].concat();
                assert!(image.is_at(&text, 2, u64::MAX), "{len}");
                assert!(
                    !image.is_at(&text, 1, u64::MAX)
                        && !image.is_at(&text, 3, u64::MAX)
                        && !image.is_at(&text, 1_000, u64::MAX),
                    "{len}"
                );
                for wrong in 2..2 + image.len() {
                    text[wrong] ^= 1;
                    assert!(!image.is_at(&text, 2, u64::MAX), "{len} {wrong}");
                    assert_eq!(image.is_at(&text, 2, !0xff), wrong == 2, "{len} {wrong}");
                    text[wrong] ^= 1;
                }
            }
        }
    }
}
