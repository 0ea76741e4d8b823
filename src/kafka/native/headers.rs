//! Record headers.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use super::{Error, c_string, check, sys};

/// One header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Its name, which need not be unique.
    pub name: &'a str,
    /// Its value, which may be null.
    pub value: Option<&'a [u8]>,
}

/// An owned list of headers.
pub struct Headers(NonNull<sys::rd_kafka_headers_t>);

impl Headers {
    /// An empty list with room for some.
    pub fn with_capacity(capacity: usize) -> Self {
        // SAFETY: the capacity is only a hint; the new list is ours.
        let raw = unsafe { sys::rd_kafka_headers_new(capacity) };
        Self(super::non_null(raw))
    }

    /// Takes over a list.
    ///
    /// # Safety
    ///
    /// `raw` is a list of the caller's, which is given up.
    pub(super) unsafe fn from_raw(raw: NonNull<sys::rd_kafka_headers_t>) -> Self {
        Self(raw)
    }

    /// Appends a header.
    pub fn push(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), Error> {
        self.add(&c_string(name)?, value)
    }

    /// The same for a name that needs no copy.
    pub fn add(&mut self, name: &CStr, value: Option<&[u8]>) -> Result<(), Error> {
        let (data, len) = value.map_or((ptr::null(), 0), |value| (value.as_ptr(), value.len()));
        let len = isize::try_from(len).unwrap_or(isize::MAX);
        // SAFETY: a live list of ours; the name is NUL-terminated (length -1 means so) and the value is valid for its
        // length (a slice is never longer than `isize::MAX`); both are copied.
        let code =
            unsafe { sys::rd_kafka_header_add(self.as_ptr(), name.as_ptr(), -1, data.cast::<c_void>(), len) } as i32;
        check("add header", code)
    }

    /// Takes out all headers of a name; the others keep their order.
    pub fn remove(&mut self, name: &CStr) {
        // SAFETY: a live list of ours that nobody else borrows, and a NUL-terminated name. The only error is that there is no
        // such header.
        unsafe { sys::rd_kafka_header_remove(self.as_ptr(), name.as_ptr()) };
    }

    /// The headers in order.
    pub fn iter(&self) -> HeaderIter<'_> {
        // SAFETY: the list lives as long as the borrow.
        unsafe { HeaderIter::new(self.0.as_ptr()) }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_headers_t {
        self.0.as_ptr()
    }

    /// Gives up ownership, to the library.
    pub(super) fn forget(self) {
        std::mem::forget(self);
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = Header<'a>;
    type IntoIter = HeaderIter<'a>;

    fn into_iter(self) -> HeaderIter<'a> {
        self.iter()
    }
}

impl Drop for Headers {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this.
        unsafe { sys::rd_kafka_headers_destroy(self.as_ptr()) };
    }
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values are payload: only the names may reach a log.
        f.debug_list().entries(self.iter().map(|header| header.name)).finish()
    }
}

/// Walks a list of headers.
#[derive(Debug)]
pub struct HeaderIter<'a> {
    list: *const sys::rd_kafka_headers_t,
    index: usize,
    life: PhantomData<&'a Headers>,
}

impl HeaderIter<'_> {
    /// Walks `list`.
    ///
    /// # Safety
    ///
    /// `list` is null (no headers) or lives, unchanged, as long as the iterator's lifetime.
    pub(super) unsafe fn new(list: *const sys::rd_kafka_headers_t) -> Self {
        Self { list, index: 0, life: PhantomData }
    }
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        if self.list.is_null() {
            return None;
        }
        let (mut name, mut value, mut len) = (ptr::null(), ptr::null(), 0);
        // SAFETY: a list that lives as long as `'a`, as the maker of the iterator promised; places for the answers. An
        // index past the end is answered with an error.
        let code =
            unsafe { sys::rd_kafka_header_get_all(self.list, self.index, &raw mut name, &raw mut value, &raw mut len) }
                as i32;
        if code != 0 {
            return None;
        }
        self.index += 1;
        // SAFETY: on success the name is NUL-terminated and the value null or valid for its length, both as long as the
        // list lives unchanged.
        let (name, value) = unsafe {
            let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), len));
            (CStr::from_ptr(name), value)
        };
        // Kafka's header names are UTF-8 by definition; anything else still has its place in the list.
        Some(Header { name: name.to_str().unwrap_or("\u{fffd}"), value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_order_and_null_is_not_empty() {
        let mut headers = Headers::with_capacity(0);
        headers.push("a", Some(b"1")).unwrap();
        headers.push("b", None).unwrap();
        headers.push("a", Some(b"")).unwrap();
        let read: Vec<_> = headers.iter().map(|header| (header.name, header.value)).collect();
        assert_eq!(read, [("a", Some(&b"1"[..])), ("b", None), ("a", Some(&b""[..]))]);
        assert_eq!(format!("{headers:?}"), r#"["a", "b", "a"]"#);
    }

    #[test]
    fn all_headers_of_a_name_are_taken_out_and_the_others_keep_their_order() {
        let mut headers = Headers::with_capacity(0);
        for name in ["a", "id", "b", "id", "a"] {
            headers.push(name, Some(name.as_bytes())).unwrap();
        }
        headers.remove(c"id");
        headers.remove(c"none");
        headers.add(c"id", Some(&[0, 1])).unwrap();
        assert_eq!(headers.iter().map(|header| header.name).collect::<Vec<_>>(), ["a", "b", "a", "id"]);
        assert_eq!(headers.iter().last().unwrap().value, Some(&[0, 1][..]));
    }
}
