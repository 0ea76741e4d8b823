//! What a group's coordinator says of its members.
//!
//! The library's admin call for one group would ask the coordinator alone, but aborts the process where its client is
//! destroyed before the answer has come; so all brokers are asked for the groups that they coordinate.

use std::ffi::CStr;
use std::ptr::{self, NonNull};
use std::slice;
use std::time::Duration;

use super::client::Handle;
use super::{Code, Error, c_string, check, millis, sys};

const OPERATION: &str = "describe group";

/// Some brokers did not answer in time.
const PARTIAL: i32 = -158;

/// An owned answer.
struct Groups(NonNull<sys::rd_kafka_group_list>);

impl Drop for Groups {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this.
        unsafe { sys::rd_kafka_group_list_destroy(self.0.as_ptr()) };
    }
}

/// Every partition that a member of the group has; `None` in the midst of a rebalance.
pub(super) fn owned_partitions(
    client: &Handle,
    group: &str,
    timeout: Duration,
) -> Result<Option<Vec<(String, i32)>>, Error> {
    let name = c_string(group)?;
    let mut list = ptr::null();
    // SAFETY: a live client, a NUL-terminated name and a place for the answer, which is ours.
    let code = unsafe { super::list_groups(client.as_ptr(), name.as_ptr(), &raw mut list, millis(timeout)) };
    let list = NonNull::new(list.cast_mut()).map(Groups);
    if code != PARTIAL {
        check(OPERATION, code)?;
    }
    let unknown = || Error::call(OPERATION, Code::STATE);
    let list = list.ok_or_else(unknown)?;
    // SAFETY: a live answer, whose arrays have the lengths that go with them and live as long as it does; the state is
    // null or NUL-terminated. Codes are read as the numbers that they are in C.
    unsafe {
        let list = list.0.as_ref();
        if list.group_cnt < 1 {
            return Err(unknown());
        }
        let group = list.groups;
        check(OPERATION, (&raw const (*group).err).cast::<i32>().read())?;
        if (*group).state.is_null() || CStr::from_ptr((*group).state) != c"Stable" {
            return Ok(None);
        }
        let mut owned = Vec::new();
        for index in 0..usize::try_from((*group).member_cnt).unwrap_or(0) {
            let member = *(*group).members.add(index);
            let size = usize::try_from(member.member_assignment_size).unwrap_or(0);
            if size > 0 {
                let bytes = slice::from_raw_parts(member.member_assignment.cast::<u8>(), size);
                Assignment(bytes).read(&mut owned).ok_or_else(unknown)?;
            }
        }
        Ok(Some(owned))
    }
}

/// A member's assignment as the members of a group write it for each other: Kafka's `ConsumerProtocolAssignment`.
struct Assignment<'a>(&'a [u8]);

impl Assignment<'_> {
    /// Appends its partitions.
    fn read(mut self, owned: &mut Vec<(String, i32)>) -> Option<()> {
        let _version = self.take::<2>()?;
        for _ in 0..self.number()? {
            let length = usize::from(u16::from_be_bytes(self.take()?));
            let (name, rest) = self.0.split_at_checked(length)?;
            self.0 = rest;
            let name = std::str::from_utf8(name).ok()?;
            for _ in 0..self.number()? {
                owned.push((name.to_owned(), self.number()?));
            }
        }
        Some(())
    }

    fn number(&mut self) -> Option<i32> {
        self.take().map(i32::from_be_bytes)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partitions(bytes: &[u8]) -> Option<Vec<(String, i32)>> {
        let mut owned = Vec::new();
        Assignment(bytes).read(&mut owned).map(|()| owned)
    }

    #[test]
    fn an_assignment_names_topics_and_partitions() {
        let bytes =
            b"\0\x03\0\0\0\x02\0\x01a\0\0\0\x02\0\0\0\0\0\0\x01\x02\0\x02bc\0\0\0\x01\0\0\0\x07\xff\xff\xff\xff";
        let expected = [("a", 0), ("a", 258), ("bc", 7)].map(|(topic, partition)| (topic.to_owned(), partition));
        assert_eq!(partitions(bytes), Some(expected.to_vec()));
        assert_eq!(partitions(b"\0\x01\0\0\0\0"), Some(Vec::new()));
    }

    #[test]
    fn an_assignment_that_ends_early_is_none() {
        let whole = b"\0\0\0\0\0\x01\0\x01a\0\0\0\x01\0\0\0\x01";
        for end in 0..whole.len() {
            assert_eq!(partitions(&whole[..end]), None, "{end}");
        }
        assert_eq!(partitions(b"\0\0\x7f\xff\xff\xff\0\0"), None);
    }
}
