//! Bytes in memory that go on for [`PADDING`] more than are meant, so that one comparison says whether a block can be read
//! or written from a place on.

#![expect(unsafe_code, reason = "the compiler can't know what the constructors check once")]

/// How many bytes more there are, and how many can be read or written at once.
pub const PADDING: usize = 96;

/// Bytes to be read, and [`PADDING`] more behind them.
///
/// Invariant: `bytes.len() == end + PADDING`.
#[derive(Debug, Clone, Copy)]
pub struct Padded<'a> {
    bytes: &'a [u8],
    end: usize,
}

impl<'a> Padded<'a> {
    /// Takes the last [`PADDING`] bytes for padding; `None` where there are fewer.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.len().checked_sub(PADDING)?;
        Some(Self { bytes, end })
    }

    /// All bytes, with the padding.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many bytes are meant.
    #[inline]
    pub fn end(self) -> usize {
        self.end
    }

    /// The bytes from `at` on; `None` where that is beyond the end of what is meant.
    #[inline]
    pub fn window<const N: usize>(self, at: usize) -> Option<&'a [u8; N]> {
        const { assert!(N <= PADDING) };
        if at > self.end {
            return None;
        }
        // SAFETY: at <= end, so at + N <= end + PADDING, which is the length of `bytes` (the constructor's invariant; both
        // fields are private and never change). An array of bytes has no alignment and no invalid values.
        Some(unsafe { &*self.bytes.as_ptr().add(at).cast() })
    }

    /// The byte at `at`; zero where that is beyond the end of what is meant.
    #[inline]
    pub fn byte(self, at: usize) -> u8 {
        self.window::<1>(at).map_or(0, |[byte]| *byte)
    }
}

/// Bytes to be written, and [`PADDING`] more behind them.
///
/// Invariant: `bytes.len() == end + PADDING`.
#[derive(Debug)]
pub struct Room<'a> {
    bytes: &'a mut [u8],
    end: usize,
}

impl<'a> Room<'a> {
    /// Takes the last [`PADDING`] bytes for padding; `None` where there are fewer.
    pub fn new(bytes: &'a mut [u8]) -> Option<Self> {
        let end = bytes.len().checked_sub(PADDING)?;
        Some(Self { bytes, end })
    }

    /// All bytes, with the padding.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// All bytes, with the padding.
    #[inline]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes
    }

    /// Room for `N` bytes at `at`; `None` where that is beyond the end of what is meant.
    #[inline]
    pub fn window<const N: usize>(&mut self, at: usize) -> Option<&mut [u8; N]> {
        const { assert!(N <= PADDING) };
        if at > self.end {
            return None;
        }
        // SAFETY: as above; the borrow of `self` keeps every other reference to these bytes away.
        Some(unsafe { &mut *self.bytes.as_mut_ptr().add(at).cast() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_with_the_padding() {
        let bytes: Vec<u8> = (0u8..).take(PADDING + 3).collect();
        let padded = Padded::new(&bytes).unwrap();
        assert_eq!((padded.end(), padded.byte(3), padded.byte(4), padded.byte(usize::MAX)), (3, 3, 0, 0));
        assert_eq!(padded.window::<PADDING>(3).map(|window| &window[..]), Some(&bytes[3..]));
        assert_eq!(padded.window::<1>(4), None);
        assert_eq!(padded.window::<1>(usize::MAX), None);
        assert!(Padded::new(&bytes[..PADDING - 1]).is_none());
        assert_eq!(Padded::new(&bytes[..PADDING]).map(Padded::end), Some(0));
    }

    #[test]
    fn room_ends_with_the_padding() {
        let mut bytes = vec![0; PADDING + 3];
        assert!(Room::new(&mut bytes[..PADDING - 1]).is_none());
        let mut room = Room::new(&mut bytes).unwrap();
        *room.window(3).unwrap() = [7; PADDING];
        assert_eq!(room.window::<1>(4), None);
        assert_eq!(room.window::<1>(usize::MAX), None);
        assert_eq!(bytes, [vec![0; 3], vec![7; PADDING]].concat());
    }
}
