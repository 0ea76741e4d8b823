//! From a key in the text to the index of its field, without looking for where the key ends.
//!
//! Behind a name come a quote and a colon, so of every key as many bytes are known as the shortest one has. Where some of
//! those tell the fields apart, they are all that is looked at to find the one field that the key can be.

use super::key_image::Image;
use crate::block::Padded;

/// Bytes that are looked at.
const WIDTH: usize = 8;

/// Multipliers that are tried until no two keys meet in a slot.
const TRIES: u64 = 8;

/// Looks fields up by a few bytes of their keys. The names come from the schema alone, so a payload can't make it degenerate.
#[derive(Debug)]
pub(super) struct KeyTable {
    /// Where the bytes stand in the key, counted from the opening quote.
    offset: usize,
    mask: u64,
    multiplier: u64,
    /// Field index + 1; 0 is an empty slot. The length is a power of two and at least twice the number of fields.
    slots: Box<[u32]>,
}

impl KeyTable {
    /// `None` where no eight bytes are different in all keys.
    pub(super) fn new(names: &[&str]) -> Option<Self> {
        let keys: Vec<Vec<u8>> = names.iter().map(|name| format!("\"{name}\":").into_bytes()).collect();
        let known = keys.iter().map(Vec::len).min()?;
        let width = WIDTH.min(known - 1);
        // From the end, since names of one record begin alike more often than they end alike.
        let (offset, words) = (1..=known - width).rev().find_map(|offset| {
            let words: Vec<u64> = keys.iter().map(|key| word(&key[offset..offset + width])).collect();
            let mut sorted = words.clone();
            sorted.sort_unstable();
            sorted.dedup();
            (sorted.len() == words.len()).then_some((offset, words))
        })?;
        let mask = u64::MAX >> (8 * (WIDTH - width));
        let size = (keys.len() * 4).next_power_of_two();
        let candidates = (0..TRIES).map(|i| 0x9e37_79b9_7f4a_7c15u64.wrapping_mul(2 * i + 1));
        let filled = candidates.map(|multiplier| (filled(&words, size, multiplier), multiplier));
        let ((slots, _), multiplier) = filled.min_by_key(|((_, met), _)| *met)?;
        Some(Self { offset, mask, multiplier, slots })
    }

    /// The index of the field whose image, as `image` gives it, stands in `text` at `pos` but for its first byte, and the
    /// image's length.
    #[inline]
    pub(super) fn find_at<'a>(
        &self,
        text: Padded<'_>,
        pos: usize,
        image: impl Fn(usize) -> Option<&'a Image>,
    ) -> Option<(usize, usize)> {
        let word = u64::from_le_bytes(*text.window(pos + 1 + self.offset)?) & self.mask;
        let mut slot = start(word, self.multiplier);
        loop {
            let index = self.slots.get(slot & (self.slots.len() - 1))?.checked_sub(1)? as usize;
            let image = image(index)?;
            if image.is_at(text, pos, Image::BEHIND_FIRST) {
                return Some((index, image.len()));
            }
            slot += 1;
        }
    }

    /// Memory behind the table, in bytes.
    pub(super) fn byte_size(&self) -> usize {
        size_of_val(&*self.slots)
    }
}

/// At most eight bytes as a number.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// A table, and how many keys found their slot taken.
fn filled(words: &[u64], size: usize, multiplier: u64) -> (Box<[u32]>, usize) {
    let (mut slots, mut met) = (vec![0; size].into_boxed_slice(), 0);
    for (number, &word) in (1..).zip(words) {
        let mut slot = start(word, multiplier) & (size - 1);
        while slots[slot] != 0 {
            (slot, met) = ((slot + 1) & (size - 1), met + 1);
        }
        slots[slot] = number;
    }
    (slots, met)
}

#[inline]
fn start(word: u64, multiplier: u64) -> usize {
    // The upper bits depend on all bytes; the rest is cut off by the table's mask.
    usize::try_from(word.wrapping_mul(multiplier).swap_bytes() & u64::from(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::PADDING;

    fn check(names: &[&str]) {
        let images: Vec<Image> = names.iter().map(|name| Image::new(&format!(",\"{name}\":"))).collect();
        let table = KeyTable::new(names).unwrap();
        let find = |text: &str| {
            let padded = [text.as_bytes(), &[0; PADDING]].concat();
            table.find_at(Padded::new(&padded).unwrap(), 0, |index| images.get(index))
        };
        for (index, name) in names.iter().enumerate() {
            assert_eq!(find(&format!("{{\"{name}\":1")), Some((index, name.len() + 4)), "{name}");
            for other in
                [format!(",\"{name}\" :1"), format!(",\"{name}x\":1"), format!(",{name}"), format!(",\"{name}")]
            {
                assert_eq!(find(&other), None, "{other}");
            }
        }
        assert_eq!(find(""), None);
        assert_eq!(find(",\"nobody\":"), None);
    }

    #[test]
    fn every_field_is_found_and_nothing_else() {
        check(&["a"]);
        check(&["sku", "qty", "price"]);
        check(&["id", "identifier", "idea"]);
        for count in [1, 7, 60, 1_000] {
            let names: Vec<String> = (0..count).map(|i| format!("attribute_number_{i}")).collect();
            check(&names.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn keys_that_differ_only_behind_the_shortest_have_no_table() {
        assert!(KeyTable::new(&["a", "prefix_1", "prefix_2"]).is_none());
        assert!(KeyTable::new(&[]).is_none());
    }
}
