//! Sixteen bytes at a time, with the instructions that every x86-64 has.

#![expect(unsafe_code, reason = "calls of functions that need SSE2, from ones that do not say they have it")]

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
};

use super::{BLOCK, HALF};

// SAFETY of all calls below: their only condition is a CPU with SSE2, and this module is compiled for x86-64 alone, of which
// SSE2 is a part.

#[inline]
pub(super) fn ends(block: &[u8; BLOCK]) -> u32 {
    // SAFETY: see above.
    unsafe { each_half(block, |bytes| ends_of(bytes)) }
}

#[inline]
pub(super) fn beyond_ascii(block: &[u8; BLOCK]) -> u32 {
    // SAFETY: see above.
    unsafe { each_half(block, |bytes| bytes) }
}

#[inline]
pub(super) fn white(block: &[u8; BLOCK]) -> u32 {
    // SAFETY: see above.
    unsafe { each_half(block, |bytes| white_of(bytes)) }
}

#[inline]
pub(super) fn same(one: &[u8; HALF], other: &[u8; HALF]) -> u32 {
    // SAFETY: see above.
    unsafe { bits(_mm_cmpeq_epi8(load(one), load(other))) }
}

/// The high bits of what `mark` makes of both halves, side by side.
#[inline]
#[target_feature(enable = "sse2")]
fn each_half(block: &[u8; BLOCK], mark: impl Fn(__m128i) -> __m128i) -> u32 {
    let (halves, _) = block.as_chunks();
    let [low, high] = halves else { return 0 };
    bits(mark(load(low))) | bits(mark(load(high))) << HALF
}

#[inline]
#[target_feature(enable = "sse2")]
fn load(bytes: &[u8; HALF]) -> __m128i {
    // SAFETY: the reference is to sixteen bytes, and this load needs no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn bits(bytes: __m128i) -> u32 {
    _mm_movemask_epi8(bytes).cast_unsigned()
}

#[inline]
#[target_feature(enable = "sse2")]
fn is(bytes: __m128i, byte: u8) -> __m128i {
    _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte.cast_signed()))
}

/// Sets all bits of each byte that ends a run of plain ones.
#[inline]
#[target_feature(enable = "sse2")]
fn ends_of(bytes: __m128i) -> __m128i {
    let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    _mm_or_si128(_mm_or_si128(is(bytes, b'"'), is(bytes, b'\\')), control)
}

/// Sets all bits of each byte that is white space.
#[inline]
#[target_feature(enable = "sse2")]
fn white_of(bytes: __m128i) -> __m128i {
    let line = _mm_or_si128(is(bytes, b'\n'), is(bytes, b'\r'));
    _mm_or_si128(line, _mm_or_si128(is(bytes, b' '), is(bytes, b'\t')))
}
