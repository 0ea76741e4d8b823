//! Bytes in blocks of known width: read and written with one comparison each, searched and compared many at once.
//!
//! The core's `unsafe` is here alone, in two modules: `padded`, whose types know that a block is there from where it
//! starts, and `sse2`, which calls instructions that every x86-64 has. Other CPUs take eight bytes at a time.

mod padded;
#[cfg(target_arch = "x86_64")]
mod sse2;

pub use padded::{PADDING, Padded, Room};

/// Bytes that are searched at once, one bit each.
pub const BLOCK: usize = 32;

/// Bytes that are compared at once, one bit each.
pub const HALF: usize = 16;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Which bytes end a run of plain ones in a JSON string: quotes, backslashes, control characters.
#[inline]
pub fn ends(block: &[u8; BLOCK]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return sse2::ends(block);
    #[cfg(not(target_arch = "x86_64"))]
    gather(block, special_each)
}

/// Which bytes belong to characters beyond ASCII.
#[inline]
pub fn beyond_ascii(block: &[u8; BLOCK]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return sse2::beyond_ascii(block);
    #[cfg(not(target_arch = "x86_64"))]
    gather(block, |word| word & HIGH)
}

/// Which bytes are white space by JSON's rules.
#[inline]
pub fn white(block: &[u8; BLOCK]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return sse2::white(block);
    #[cfg(not(target_arch = "x86_64"))]
    bytewise(block, |byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
}

/// Which bytes are the same in both.
#[inline]
pub fn same(one: &[u8; HALF], other: &[u8; HALF]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return sse2::same(one, other);
    #[cfg(not(target_arch = "x86_64"))]
    {
        let pairs = one.iter().zip(other).enumerate();
        pairs.fold(0, |bits, (index, (one, other))| bits | u32::from(one == other) << index)
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn bytewise(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u32 {
    block.iter().enumerate().fold(0, |bits, (index, &byte)| bits | u32::from(is(byte)) << index)
}

/// The high bits of what `mark` makes of each eight bytes, side by side.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn gather(block: &[u8; BLOCK], mark: impl Fn(u64) -> u64) -> u32 {
    let (words, _) = block.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        let marks = mark(u64::from_le_bytes(*word)) >> 7;
        // The multiplication gathers eight bits in the topmost byte.
        let [.., byte] = marks.wrapping_mul(0x0102_0408_1020_4080).to_le_bytes();
        bits << 8 | u32::from(byte)
    })
}

/// Sets the high bit of each byte that ends a run of plain ones, and no other.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn special_each(word: u64) -> u64 {
    let low = ONES * 0x7f;
    let is = |byte: u8| {
        let others = word ^ (ONES * u64::from(byte));
        !(((others & low) + low) | others)
    };
    (is(b'"') | is(b'\\') | !(((word & low) + ONES * 0x60) | word)) & HIGH
}

/// Sets the high bit of each byte that ends a run of plain ones, in fewer steps. Bits above the lowest one set may be wrong, through borrows.
#[inline]
pub const fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let marks = quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash;
    (marks | word.wrapping_sub(ONES * 0x20) & !word) & HIGH
}

#[cfg(test)]
mod tests;
