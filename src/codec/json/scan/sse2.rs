//! Sixteen bytes at a time, with the instructions that every x86-64 has.

#![expect(unsafe_code, reason = "a call of a function that needs SSE2, from one that does not say it has it")]

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
};

use super::{BLOCK, Marks};

#[inline]
pub(super) fn marks(block: &[u8; BLOCK]) -> Marks {
    // SAFETY: the only condition is a CPU with SSE2, and this module is compiled for x86-64 alone, of which SSE2 is a part.
    unsafe { marks_sse2(block) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn marks_sse2(block: &[u8; BLOCK]) -> Marks {
    let (low, high) = (sixteen(block, 0), sixteen(block, 16));
    let bits = |bytes| _mm_movemask_epi8(bytes).cast_unsigned();
    Marks { ends: bits(ends(low)) | bits(ends(high)) << 16, beyond: bits(low) | bits(high) << 16 }
}

/// The bytes from `at` on.
#[inline]
#[target_feature(enable = "sse2")]
fn sixteen(block: &[u8; BLOCK], at: usize) -> __m128i {
    let word = |at: usize| i64::from_le_bytes(std::array::from_fn(|i| block[at + i]));
    _mm_set_epi64x(word(at + 8), word(at))
}

/// Sets all bits of each byte that ends a run of plain ones.
#[inline]
#[target_feature(enable = "sse2")]
fn ends(bytes: __m128i) -> __m128i {
    let is = |byte: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte.cast_signed()));
    let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    _mm_or_si128(_mm_or_si128(is(b'"'), is(b'\\')), control)
}
