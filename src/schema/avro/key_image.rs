//! A member's key as it is expected in the text, ready to be compared in one step or two.

use crate::block::{BLOCK, HALF, Padded, same};

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

/// Bytes to be found in a text: the first sixteen are compared at once, and the last sixteen of longer ones. A call to
/// compare as few bytes as most keys have costs more than the comparison.
#[derive(Debug)]
pub struct Image {
    head: [u8; HALF],
    /// Which bytes of the head are not of a shorter one.
    behind: u32,
    tail: [u8; HALF],
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

    /// The compact image, `,"name":`, and zeros behind it, if it fits.
    #[inline]
    pub fn block(&self) -> Option<&[u8; BLOCK]> {
        (self.compact.len() <= BLOCK).then_some(&self.block)
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
    /// All of it is compared.
    pub const ALL: u32 = 0;
    /// All but the first byte is compared.
    pub const BEHIND_FIRST: u32 = 1;

    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut head, mut tail) = ([0; HALF], [0; HALF]);
        head.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        if let Some(last) = bytes.last_chunk() {
            tail = *last;
        }
        let behind = (bytes.len()..HALF).fold(0, |bits, index| bits | 1 << index);
        Self { head, behind, tail, bytes: bytes.into() }
    }

    /// The bytes themselves.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes and zeros behind them, if they fit.
    #[inline]
    pub fn head(&self) -> Option<&[u8; HALF]> {
        (self.bytes.len() <= HALF).then_some(&self.head)
    }

    /// Its length in bytes.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "there is always a colon")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it stands in `text` at `pos`, but for the bytes `ignored`, one of the constants above: where no comma comes
    /// before a key its first byte is another one.
    #[inline]
    pub fn is_at(&self, text: Padded<'_>, pos: usize, ignored: u32) -> bool {
        let Some(head) = text.window(pos) else { return false };
        same(head, &self.head) | self.behind | ignored == 0xffff
            && (self.bytes.len() <= HALF || self.ends_at(text, pos + self.bytes.len()))
    }

    /// Whether the second half of a long one, and all between, ends at `end`.
    #[inline]
    fn ends_at(&self, text: Padded<'_>, end: usize) -> bool {
        let Some(tail) = text.window(end - HALF) else { return false };
        same(tail, &self.tail) == 0xffff && (self.bytes.len() <= 2 * HALF || self.all_ends_at(text, end))
    }

    #[cold]
    fn all_ends_at(&self, text: Padded<'_>, end: usize) -> bool {
        text.bytes().get(..end).is_some_and(|text| text.ends_with(&self.bytes[HALF..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::PADDING;

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
                let mut bytes = [b"[1", &*image.bytes, &[b'!'; PADDING]].concat();
                let is_at = |bytes: &[u8], pos, ignored| image.is_at(Padded::new(bytes).unwrap(), pos, ignored);
                assert!(is_at(&bytes, 2, Image::ALL), "{len}");
                assert!([1, 3, 1_000, usize::MAX >> 1].iter().all(|&pos| !is_at(&bytes, pos, Image::ALL)), "{len}");
                for wrong in 2..2 + image.len() {
                    bytes[wrong] ^= 1;
                    assert!(!is_at(&bytes, 2, Image::ALL), "{len} {wrong}");
                    assert_eq!(is_at(&bytes, 2, Image::BEHIND_FIRST), wrong == 2, "{len} {wrong}");
                    bytes[wrong] ^= 1;
                }
            }
        }
    }
}
