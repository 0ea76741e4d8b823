//! UUIDs: 16 bytes and their text of 36 characters ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)).

/// How many bytes stand between hyphens.
const GROUPS: [usize; 5] = [4, 2, 2, 2, 6];

/// The bytes behind `6ba7b810-9dad-11d1-80b4-00c04fd430c8`, in letters of either case.
pub(in crate::codec) fn read(text: &[u8]) -> Option<[u8; 16]> {
    let mut rest = text;
    let mut bytes = [0; 16];
    let mut next = bytes.iter_mut();
    for (index, &group) in GROUPS.iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(b"-")?;
        }
        for byte in next.by_ref().take(group) {
            let (&[high, low], after) = rest.split_first_chunk()?;
            *byte = digit(high)? << 4 | digit(low)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(bytes)
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Appends the text, in lower case.
pub(in crate::codec) fn write(bytes: &[u8; 16], out: &mut Vec<u8>) {
    let digit = |n: u8| b"0123456789abcdef"[usize::from(n & 0xf)];
    let mut next = bytes.iter();
    for (index, &group) in GROUPS.iter().enumerate() {
        if index > 0 {
            out.push(b'-');
        }
        for &byte in next.by_ref().take(group) {
            out.extend_from_slice(&[digit(byte >> 4), digit(byte)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    const BYTES: [u8; 16] =
        [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

    #[test]
    fn text_and_bytes() {
        let mut out = Vec::new();
        write(&BYTES, &mut out);
        assert_eq!(out, TEXT);
        assert_eq!(read(TEXT), Some(BYTES));
        assert_eq!(read(&TEXT.to_ascii_uppercase()), Some(BYTES));
    }

    #[test]
    fn other_forms_are_none() {
        let text = str::from_utf8(TEXT).unwrap();
        let others = [
            String::new(),
            text.replace('-', ""),
            format!("{text}0"),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            text.replace("6b", "6g"),
            text.replacen('-', "_", 1),
            text.trim_end_matches('8').to_owned(),
        ];
        for other in others {
            assert_eq!(read(other.as_bytes()), None, "{other}");
        }
    }
}
