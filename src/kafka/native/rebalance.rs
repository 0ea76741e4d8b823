//! What callbacks note for the consumer's owner: rebalances, commits, errors.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::{c_char, c_int, c_void};

use super::partitions::{PartitionList, PartitionOffset};
use super::{Code, Error, client, sys};
use crate::kafka::tokens::Tokens;

/// Whether partitions come or go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebalanceKind {
    /// Partitions to take over.
    Assign,
    /// Partitions to give up.
    Revoke,
}

/// How the group rebalances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Everything is given up and assigned anew.
    Eager,
    /// Only the difference moves.
    Cooperative,
}

/// A rebalance that waits for its owner's answer ([`Consumer::answer`](super::Consumer::answer)). Until then nothing
/// moves: partitions to be given up are still ours.
#[derive(Debug)]
#[must_use = "the group waits for the answer"]
pub struct Rebalance {
    /// Whether partitions come or go.
    pub kind: RebalanceKind,
    /// How the group rebalances.
    pub protocol: Protocol,
    pub(super) partitions: PartitionList,
}

impl Rebalance {
    /// The partitions that come or go. A cooperative rebalance may move none.
    pub fn partitions(&self) -> impl Iterator<Item = PartitionOffset> {
        self.partitions.iter().map(|(at, _)| at)
    }
}

/// Where callbacks write. Reached from C by a pointer, so everything in it that changes is a cell.
#[derive(Default)]
pub(super) struct Callbacks {
    /// Rebalances without an answer, oldest first.
    pub(super) pending: RefCell<VecDeque<Rebalance>>,
    /// Set while the consumer closes: then rebalances are answered at once, or closing would wait for ever.
    pub(super) closing: Cell<bool>,
    /// Errors that concern the client, not one record.
    pub(super) errors: RefCell<Vec<Error>>,
    /// Asynchronous commits that ended since they were last asked for.
    pub(super) commits: Cell<super::Commits>,
    /// Where tokens come from. Read on the library's background thread, and never written.
    pub(super) tokens: Option<Tokens>,
}

/// The most errors kept until somebody asks: they repeat themselves.
const MAX_ERRORS: usize = 64;

impl Callbacks {
    pub(super) fn note_error(&self, error: Error) {
        let mut errors = self.errors.borrow_mut();
        if errors.len() < MAX_ERRORS {
            errors.push(error);
        }
    }

    /// Reads the opaque pointer back.
    ///
    /// # Safety
    ///
    /// `opaque` is the pointer that the consumer's configuration got, and the consumer lives.
    unsafe fn from_opaque<'a>(opaque: *mut c_void) -> &'a Self {
        // SAFETY: it is the `Callbacks` that `Handle` frees only after the client; only shared references exist.
        unsafe { &*opaque.cast::<Self>() }
    }
}

/// Gives the library the answer it waits for.
pub(super) fn answer(client: *mut sys::rd_kafka_t, rebalance: &Rebalance) -> Result<(), Error> {
    let list = rebalance.partitions.as_ptr();
    // SAFETY: a live client (its owner's, or the one that called back) and a live list; error objects are taken over.
    unsafe {
        match (rebalance.protocol, rebalance.kind) {
            (Protocol::Cooperative, RebalanceKind::Assign) => {
                client::outcome("assign", sys::rd_kafka_incremental_assign(client, list))
            }
            (Protocol::Cooperative, RebalanceKind::Revoke) => {
                client::outcome("unassign", sys::rd_kafka_incremental_unassign(client, list))
            }
            (Protocol::Eager, RebalanceKind::Assign) => {
                super::check("assign", sys::rd_kafka_assign(client, list) as i32)
            }
            (Protocol::Eager, RebalanceKind::Revoke) => {
                super::check("unassign", sys::rd_kafka_assign(client, std::ptr::null()) as i32)
            }
        }
    }
}

/// `rebalance_cb`: copies what moves; the owner answers later, except while closing.
pub(super) extern "C" fn on_rebalance(
    client: *mut sys::rd_kafka_t,
    code: i32,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    opaque: *mut c_void,
) {
    // SAFETY: called for a live consumer with the opaque that it was made with, on the thread that owns it and while no
    // cell of it is borrowed (owners borrow them only between calls); the list lives during the call.
    let (callbacks, partitions) = unsafe { (Callbacks::from_opaque(opaque), PartitionList::copy_of(partitions)) };
    // SAFETY: a live client; the answer is a static string, or null while the group is already being left: then the eager
    // answer, which gives everything up, is right for both protocols.
    let protocol = unsafe { super::text(sys::rd_kafka_rebalance_protocol(client)) };
    let protocol = if protocol == "COOPERATIVE" { Protocol::Cooperative } else { Protocol::Eager };
    // Anything but an assignment (a failed rebalance too) means that what we had is no longer ours.
    let kind = if Code(code) == Code::ASSIGN_PARTITIONS { RebalanceKind::Assign } else { RebalanceKind::Revoke };
    let rebalance = Rebalance { kind, protocol, partitions };
    if callbacks.closing.get() {
        if let Err(error) = answer(client, &rebalance) {
            callbacks.note_error(error);
        }
    } else {
        callbacks.pending.borrow_mut().push_back(rebalance);
    }
}

/// `offset_commit_cb`: counts the outcome of asynchronous commits.
pub(super) extern "C" fn on_commit(
    _: *mut sys::rd_kafka_t,
    code: i32,
    partitions: *mut sys::rd_kafka_topic_partition_list_t,
    opaque: *mut c_void,
) {
    // SAFETY: as in `on_rebalance`.
    let (callbacks, partitions) = unsafe { (Callbacks::from_opaque(opaque), PartitionList::copy_of(partitions)) };
    let code = if code == 0 {
        partitions.iter().map(|(_, code)| code).find(|code| code.0 != 0).unwrap_or(Code(0))
    } else {
        Code(code)
    };
    let mut commits = callbacks.commits.get();
    match code {
        // Without an offset there was nothing to do.
        Code(0) | Code::NO_OFFSET => commits.succeeded += 1,
        code => {
            commits.failed += 1;
            commits.last_error = Some(code);
        }
    }
    callbacks.commits.set(commits);
}

/// `error_cb`: errors of the client as a whole, most of which it mends by itself.
pub(super) extern "C" fn on_error(_: *mut sys::rd_kafka_t, code: c_int, reason: *const c_char, opaque: *mut c_void) {
    // SAFETY: as in `on_rebalance`; the reason is null or a NUL-terminated string that lives during the call.
    let (callbacks, message) = unsafe { (Callbacks::from_opaque(opaque), super::text(reason)) };
    callbacks.note_error(Error::Call { operation: "consumer", code: Code(code), message });
}
