//! How much the bodies of all requests under way may take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A number of bytes that requests share.
#[derive(Debug, Clone)]
pub(super) struct Room {
    left: Arc<AtomicUsize>,
}

/// What one request has of it, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    room: Room,
    bytes: usize,
}

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self { left: Arc::new(AtomicUsize::new(bytes)) }
    }

    /// A share of nothing yet.
    pub(super) fn share(&self) -> Share {
        Share { room: self.clone(), bytes: 0 }
    }
}

impl Share {
    /// Takes so many bytes more; `false` if they are not there.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let taken = self.room.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        self.bytes += if taken.is_ok() { bytes } else { 0 };
        taken.is_ok()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.left.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back() {
        let room = Room::new(10);
        let (mut first, mut second) = (room.share(), room.share());
        assert!(first.grow(6) && second.grow(4));
        assert!(!second.grow(1) && first.grow(0));
        drop(first);
        assert!(second.grow(6) && !second.grow(1));
        drop(second);
        assert!(room.share().grow(10));
    }
}
