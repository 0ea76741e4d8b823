//! From a symbol in the text to its number: a table in which nearly every symbol has a slot of its own.

use super::key_image::Image;
use crate::block::Padded;

/// Looks symbols up by their first eight bytes. The symbols come from the schema alone, so a payload can't make it
/// degenerate.
#[derive(Debug)]
pub struct SymbolTable {
    /// The symbols in quotes, in the order of their numbers.
    images: Box<[Image]>,
    /// The number of a symbol + 1; 0 is an empty slot. The length is a power of two and above the number of symbols.
    slots: Box<[u32]>,
    multiplier: u64,
}

/// Multipliers that are tried until no two symbols meet in a slot.
const TRIES: u64 = 64;

impl SymbolTable {
    pub(super) fn new(symbols: &[Box<str>]) -> Self {
        let images: Box<[Image]> = symbols.iter().map(|symbol| Image::new(&format!("\"{symbol}\""))).collect();
        let size = (symbols.len() * 4).next_power_of_two();
        let candidates = (0..TRIES).map(|i| 0x9e37_79b9_7f4a_7c15u64.wrapping_mul(2 * i + 1));
        let best = candidates.map(|multiplier| filled(symbols, size, multiplier)).min_by_key(|(_, met, _)| *met);
        let (slots, _, multiplier) = best.unwrap_or_default();
        Self { images, slots, multiplier }
    }

    /// The number of the symbol that stands at `pos`, behind its opening quote, and the place behind the closing one.
    #[inline]
    pub fn find_at(&self, text: Padded<'_>, pos: usize) -> Option<(usize, usize)> {
        let word = u64::from_le_bytes(*text.window(pos)?);
        let mask = self.slots.len() - 1;
        let mut slot = start(head(word), self.multiplier, mask);
        loop {
            let index = self.slots[slot & mask].checked_sub(1)? as usize;
            let image = &self.images[index];
            if image.is_at(text, pos - 1, Image::ALL) {
                return Some((index, pos - 1 + image.len()));
            }
            slot += 1;
        }
    }

    /// The symbol of that number, in quotes.
    #[inline]
    pub fn image(&self, number: usize) -> Option<&Image> {
        self.images.get(number)
    }

    /// Memory behind the table, in bytes.
    pub fn byte_size(&self) -> usize {
        size_of_val(&*self.slots) + self.images.iter().map(|image| size_of::<Image>() + image.len()).sum::<usize>()
    }
}

/// A table, and how many symbols found their slot taken.
fn filled(symbols: &[Box<str>], size: usize, multiplier: u64) -> (Box<[u32]>, usize, u64) {
    let (mut slots, mut met) = (vec![0; size].into_boxed_slice(), 0);
    for (number, symbol) in (1..).zip(symbols) {
        let mut bytes = [b'"'; 8];
        bytes.iter_mut().zip(symbol.bytes()).for_each(|(to, from)| *to = from);
        let mut slot = start(head(u64::from_le_bytes(bytes)), multiplier, size - 1);
        while slots[slot] != 0 {
            (slot, met) = ((slot + 1) & (size - 1), met + 1);
        }
        slots[slot] = number;
    }
    (slots, met, multiplier)
}

/// The bytes before the first quote.
#[inline]
fn head(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let quotes = word ^ (ONES * u64::from(b'"'));
    let marks = quotes.wrapping_sub(ONES) & !quotes & (ONES * 0x80);
    // All bits below the byte of the first quote; all there are if there is none.
    let below = ((marks & marks.wrapping_neg()) >> 7).wrapping_sub(1);
    word & below
}

#[inline]
fn start(head: u64, multiplier: u64, mask: usize) -> usize {
    // The upper bits depend on all bytes; the mask keeps the value in range.
    usize::try_from(head.wrapping_mul(multiplier).swap_bytes() & u64::from(u32::MAX)).unwrap_or(0) & mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::PADDING;

    #[test]
    fn every_symbol_is_found_and_nothing_else() {
        for count in [0usize, 1, 2, 4, 60, 1_000] {
            for prefix in ["", "S", "A_LONG_PREFIX_"] {
                let symbols: Vec<Box<str>> = (0..count).map(|i| format!("{prefix}{i}").into()).collect();
                let table = SymbolTable::new(&symbols);
                let find = |text: &str| {
                    let padded = [text.as_bytes(), &[0; PADDING]].concat();
                    table.find_at(Padded::new(&padded).unwrap(), 1)
                };
                for (index, symbol) in symbols.iter().enumerate() {
                    assert_eq!(find(&format!("\"{symbol}\",")), Some((index, symbol.len() + 2)));
                }
                for absent in ["\"\"", "\"S", "\"S0", "\"A_LONG_PREFIX\"", "\"SS0\"", "\"X\"", "\"S0x\""] {
                    assert_eq!(find(absent), None, "{absent:?} among {count}");
                }
            }
        }
    }

    #[test]
    fn a_handful_of_symbols_have_slots_of_their_own() {
        for symbols in [&["NEW", "PAID", "SHIPPED", "RETURNED"][..], &["A", "B", "C", "D", "E", "F", "G"]] {
            let symbols: Vec<Box<str>> = symbols.iter().map(|&symbol| symbol.into()).collect();
            let table = SymbolTable::new(&symbols);
            assert_eq!(filled(&symbols, table.slots.len(), table.multiplier).1, 0);
        }
    }
}
