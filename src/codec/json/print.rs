//! JSON strings: writing.

use super::scan;
use crate::block::{BLOCK, beyond_ascii, ends};

/// Appends `text` as a JSON string: quotes, and the escapes that must be.
#[inline]
pub(in crate::codec) fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    loop {
        let len = scan::plain_len(rest);
        out.extend_from_slice(&rest[..len]);
        match rest.get(len) {
            Some(&byte) => write_escape(byte, out),
            None => break,
        }
        rest = &rest[len + 1..];
    }
    out.push(b'"');
}

/// Appends the `len` bytes of `data` from `pos` on as a JSON string, copying while it looks for what must be escaped, and
/// says whether they are ASCII. What follows them in `data` is read, but not written.
#[inline]
pub(in crate::codec) fn write_string_of(data: &[u8], pos: usize, len: usize, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    out.push(b'"');
    if len < BLOCK
        && let Some(block) = data.get(pos..).and_then(|rest| rest.first_chunk())
    {
        // One block is all of it, in most cases.
        let (ends, beyond) = (ends(block), beyond_ascii(block));
        out.extend_from_slice(block);
        if ends.trailing_zeros() as usize >= len
            && let Some(quote) = out.get_mut(start + 1 + len)
        {
            *quote = b'"';
            out.truncate(start + len + 2);
            return beyond & ((1 << len) - 1) == 0;
        }
        out.truncate(start + 1);
    }
    write_long_string_of(data, pos, len, out)
}

/// The same for any string, behind its opening quote.
#[inline(never)]
fn write_long_string_of(data: &[u8], pos: usize, len: usize, out: &mut Vec<u8>) -> bool {
    let (mut done, mut beyond) = (0, 0);
    while done < len {
        let left = len - done;
        let rest = data.get(pos + done..).unwrap_or_default();
        let block = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut block = [b' '; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            block
        });
        let plain = (ends(&block).trailing_zeros() as usize).min(left);
        let marks = beyond_ascii(&block);
        beyond |= if left < BLOCK { marks & ((1 << left) - 1) } else { marks };
        // A store of known width, and then as much of it as is meant.
        let behind = out.len() + plain;
        out.extend_from_slice(&block);
        out.truncate(behind);
        done += plain;
        if plain < left && plain < BLOCK {
            write_escape(block[plain], out);
            done += 1;
        }
    }
    out.push(b'"');
    beyond == 0
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    let Escape { text, len } = &ESCAPES[usize::from(byte)];
    out.extend_from_slice(&text[..usize::from(*len)]);
}

/// How a byte is written that can't stand in a string as it is.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec) struct Escape {
    /// The text, and zeros behind it.
    pub(in crate::codec) text: [u8; 8],
    /// How many bytes of it count.
    pub(in crate::codec) len: u8,
}

/// The escapes of all bytes; plain ones are written as they are.
#[expect(clippy::cast_possible_truncation, reason = "there are as many bytes")]
pub(in crate::codec) static ESCAPES: [Escape; 256] = {
    let mut escapes = [Escape { text: [0; 8], len: 1 }; 256];
    let digits = b"0123456789abcdef";
    let mut byte = 0;
    while byte < escapes.len() {
        let escape = &mut escapes[byte];
        let letter = match byte as u8 {
            b'"' => b'"',
            b'\\' => b'\\',
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => 0,
        };
        if letter != 0 {
            (escape.text[0], escape.text[1], escape.len) = (b'\\', letter, 2);
        } else if byte < 0x20 {
            *escape = Escape { text: [b'\\', b'u', b'0', b'0', digits[byte >> 4], digits[byte & 0xf], 0, 0], len: 6 };
        } else {
            escape.text[0] = byte as u8;
        }
        byte += 1;
    }
    escapes
};
