//! Strings, and other texts that are mostly short.

use super::{At, Run};
use crate::block::{BLOCK, beyond_ascii, ends};
use crate::codec::json::{ESCAPES, Escape};
use crate::schema::avro::Image;

impl Run<'_> {
    /// Copies while it looks for what must be escaped.
    #[inline(never)]
    pub(super) fn string(&mut self, at: At) -> At {
        let Some([len, block @ ..]) = self.data.window::<{ 1 + BLOCK }>(at.i) else { return At::MISS };
        let marks = u64::from(ends(block) | beyond_ascii(block));
        // The length is the half of what stands there, if that is even and below 64.
        let width = usize::from(len / 2);
        if len & 1 != 0 || width > BLOCK || marks & !(u64::MAX << width) != 0 {
            return self.long_string(at);
        }
        let Some(room) = self.out.window::<{ 2 + BLOCK }>(at.p) else { return At::NO_ROOM };
        let [quote, copy @ .., _] = room;
        *quote = b'"';
        *copy = *block;
        if let Some(quote) = room.get_mut(1 + width) {
            *quote = b'"';
        }
        At { i: at.i + 1 + width, p: at.p + 2 + width }
    }

    /// Any string.
    #[inline(never)]
    fn long_string(&mut self, at: At) -> At {
        let Some((len, start)) = self.varint(at.i) else { return At::MISS };
        let Ok(len) = usize::try_from(len) else { return At::MISS };
        if len > self.limits.string_bytes || len > self.data.end().saturating_sub(start) {
            return At::MISS;
        }
        let (mut beyond, mut left) = (0, len);
        let mut to = self.put(At { i: start, p: at.p }, *b"\"");
        while left > 0 {
            let At { i, p } = to;
            let Some(window) = self.data.window::<{ 2 * BLOCK }>(i) else { return At::MISS };
            let Some(room) = self.out.window::<{ 2 * BLOCK }>(p) else { return At::NO_ROOM };
            *room = *window;
            let (halves, _) = window.as_chunks::<BLOCK>();
            let [first, second] = halves else { return At::MISS };
            let meant = if left < 2 * BLOCK { !(u64::MAX << left) } else { u64::MAX };
            let both = |low: u32, high: u32| (u64::from(low) | u64::from(high) << BLOCK) & meant;
            beyond |= both(beyond_ascii(first), beyond_ascii(second));
            let mut marks = both(ends(first), ends(second));
            let (read, mut more) = (left.min(2 * BLOCK), 0);
            while marks != 0 {
                let place = marks.trailing_zeros() as usize;
                let Escape { text, len } = &ESCAPES[usize::from(window[place])];
                let to = p + place + more;
                let Some(rest) = self.data.window::<{ 2 * BLOCK }>(i + place + 1) else { return At::MISS };
                let Some(escape) = self.out.window(to) else { return At::NO_ROOM };
                *escape = *text;
                let Some(room) = self.out.window::<{ 2 * BLOCK }>(to + usize::from(*len)) else { return At::NO_ROOM };
                *room = *rest;
                more += usize::from(*len) - 1;
                marks &= marks - 1;
            }
            left -= read;
            to = At { i: i + read, p: p + read + more };
        }
        if beyond != 0 {
            let Some(text) = self.data.bytes().get(start..start + len) else { return At::MISS };
            if simdutf8::basic::from_utf8(text).is_err() {
                return At::MISS;
            }
        }
        self.put(to, *b"\"")
    }

    /// Writes a text that is mostly short.
    #[inline]
    pub(super) fn put_image(&mut self, at: At, image: &Image) -> At {
        let Some(head) = image.head() else {
            return self.put_slice(at.p, image.as_bytes()).map_or(At::NO_ROOM, |p| At { i: at.i, p });
        };
        match self.put(at, *head) {
            miss if miss.is_miss() => miss,
            _ => At { i: at.i, p: at.p + image.len() },
        }
    }
}
