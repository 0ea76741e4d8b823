//! Lists of partitions, with an offset each.

use std::ffi::CStr;
use std::ptr::NonNull;

use super::{Code, Error, c_string, sys};

/// Where to read on, or what was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// The offset of one record.
    At(i64),
    /// Nothing was committed, or nothing is asked for: `auto.offset.reset` decides.
    Unset,
}

/// A partition and an offset of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionOffset {
    /// The topic's name.
    pub topic: String,
    /// The partition's number.
    pub partition: i32,
    /// The offset in question.
    pub offset: Offset,
}

/// An owned `rd_kafka_topic_partition_list_t`.
pub(super) struct PartitionList(NonNull<sys::rd_kafka_topic_partition_list_t>);

impl PartitionList {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        // SAFETY: the capacity is only a hint; the new list is ours.
        let raw = unsafe { sys::rd_kafka_topic_partition_list_new(i32::try_from(capacity).unwrap_or(0)) };
        Self(super::non_null(raw))
    }

    /// A list of these partitions.
    pub(super) fn of<'a>(partitions: impl ExactSizeIterator<Item = (&'a str, i32, Offset)>) -> Result<Self, Error> {
        let mut list = Self::with_capacity(partitions.len());
        for (topic, partition, offset) in partitions {
            list.push(topic, partition, offset)?;
        }
        Ok(list)
    }

    /// A copy of a list of the library's.
    ///
    /// # Safety
    ///
    /// `raw` is null (an empty list) or a list that lives during the call.
    pub(super) unsafe fn copy_of(raw: *const sys::rd_kafka_topic_partition_list_t) -> Self {
        if raw.is_null() {
            return Self::with_capacity(0);
        }
        // SAFETY: a live list as the caller promises; the copy is ours.
        let copy = unsafe { sys::rd_kafka_topic_partition_list_copy(raw) };
        Self(super::non_null(copy))
    }

    pub(super) fn push(&mut self, topic: &str, partition: i32, offset: Offset) -> Result<(), Error> {
        let topic = c_string(topic)?;
        // SAFETY: a live list of ours and a NUL-terminated name, which is copied. The entry that is returned lives
        // until the list grows again, which is after this block.
        unsafe {
            let entry = sys::rd_kafka_topic_partition_list_add(self.as_ptr(), topic.as_ptr(), partition);
            if let Offset::At(offset) = offset {
                (*entry).offset = offset;
            }
        }
        Ok(())
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    /// The entries with what the library wrote to each: an offset and a code, 0 for success.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PartitionOffset, Code)> {
        // SAFETY: a live list of ours; `elems` is valid for `cnt` entries and does not move while `self` is borrowed
        // (nothing takes `&self` and grows the list). Codes are read as the numbers that they are in C.
        let entries = unsafe {
            let list = self.0.as_ref();
            (0..usize::try_from(list.cnt).unwrap_or(0)).map(|index| {
                let entry = list.elems.add(index);
                let topic = CStr::from_ptr((*entry).topic).to_string_lossy().into_owned();
                let code = (&raw const (*entry).err).cast::<i32>().read();
                (topic, (*entry).partition, (*entry).offset, Code(code))
            })
        };
        entries.map(|(topic, partition, offset, code)| {
            let offset = if offset >= 0 { Offset::At(offset) } else { Offset::Unset };
            (PartitionOffset { topic, partition, offset }, code)
        })
    }

    /// The first failure among the entries.
    pub(super) fn first_error(&self, operation: &'static str) -> Result<(), Error> {
        match self.iter().find(|(_, code)| code.0 != 0) {
            None => Ok(()),
            Some((at, code)) => {
                let message = format!("{}[{}]: {code}", at.topic, at.partition);
                Err(Error::Call { operation, code, message })
            }
        }
    }
}

impl Drop for PartitionList {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.as_ptr()) };
    }
}

impl std::fmt::Debug for PartitionList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_back_what_was_put_in() {
        let entries = [("a", 0, Offset::At(7)), ("b", 3, Offset::Unset)];
        let list = PartitionList::of(entries.into_iter()).unwrap();
        let read: Vec<_> = list.iter().map(|(at, code)| (at.topic, at.partition, at.offset, code)).collect();
        assert_eq!(read, [("a".to_owned(), 0, Offset::At(7), Code(0)), ("b".to_owned(), 3, Offset::Unset, Code(0))]);
        assert_eq!(list.first_error("test"), Ok(()));
    }

    #[test]
    fn a_topic_with_a_nul_byte_is_an_error() {
        assert_eq!(PartitionList::with_capacity(1).push("a\0b", 0, Offset::Unset), Err(Error::Nul("a\0b".into())));
    }
}
