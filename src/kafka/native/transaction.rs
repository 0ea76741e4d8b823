//! Transactions of a producer: what it wrote and the offsets that it was made of become visible together, or never.
//!
//! The calls may block as long as their timeout. What to do when one fails is in the kind of the error: the same call
//! again, abort the transaction, or make another producer, which under the same transactional id ends what is left open.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::consumer::Consumer;
use super::partitions::{Offset, PartitionList};
use super::producer::Producer;
use super::{Code, Error, client, millis, sys};

/// Why a step of a transaction failed, by what there is to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// The same call may be made again; until it succeeds nothing else may be.
    #[error("{0}")]
    Retriable(Error),
    /// The transaction has failed and has to be aborted.
    #[error("{0}")]
    Abortable(Error),
    /// The producer can't be used any more, perhaps because another one has its transactional id.
    #[error("{0}")]
    Fatal(Error),
}

impl TransactionError {
    /// What the library said.
    pub fn error(&self) -> &Error {
        match self {
            Self::Retriable(error) | Self::Abortable(error) | Self::Fatal(error) => error,
        }
    }
}

pub(super) type Outcome = Result<(), TransactionError>;

const SEND_OFFSETS: &str = "send offsets";

/// Sorts the outcome of a call that answers with an error object, null for success.
///
/// # Safety
///
/// `error` is null or an error object of the caller's, which is given up.
unsafe fn sorted(operation: &'static str, error: *mut sys::rd_kafka_error_t) -> Outcome {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: not null, and alive until `outcome` below, which takes it over.
    let (retriable, abortable) =
        unsafe { (sys::rd_kafka_error_is_retriable(error) != 0, sys::rd_kafka_error_txn_requires_abort(error) != 0) };
    // SAFETY: the caller's error object, given up.
    unsafe { client::outcome(operation, error) }.map_err(|error| match (retriable, abortable) {
        (true, _) => TransactionError::Retriable(error),
        (false, true) => TransactionError::Abortable(error),
        (false, false) => TransactionError::Fatal(error),
    })
}

impl Producer {
    /// Takes the transactional id over: ends what another producer left open under it. Once, before anything else.
    pub fn init_transactions(&self, timeout: Duration) -> Outcome {
        // SAFETY: a live client; the error object is taken over.
        unsafe { sorted("init transactions", sys::rd_kafka_init_transactions(self.as_ptr(), millis(timeout))) }
    }

    /// Begins a transaction, to which everything belongs that is produced until it ends. Does not block.
    pub fn begin_transaction(&self) -> Outcome {
        // SAFETY: a live client; the error object is taken over.
        unsafe { sorted("begin transaction", sys::rd_kafka_begin_transaction(self.as_ptr())) }
    }

    /// Puts the next offsets to read into the transaction, as those of the consumer's group and of its generation now.
    ///
    /// The library does not keep the timeout of this one call: while it looks for a coordinator that is gone it may wait
    /// for ever. So the call is made on a thread of its own. Where it does not return in time the error is retriable, and
    /// the same call again waits on; meanwhile the producer [counts as fatal](Self::is_fatal), and whoever does not want to
    /// wait makes another one.
    pub fn send_offsets<'a>(
        &self,
        consumer: &Consumer,
        offsets: impl ExactSizeIterator<Item = (&'a str, i32, i64)>,
        timeout: Duration,
    ) -> Outcome {
        let mut pending = self.offsets_on_their_way.borrow_mut();
        let answer = match pending.take() {
            Some(answer) => answer,
            None => self.start_sending(consumer, offsets, timeout)?,
        };
        let outcome = answer.recv_timeout(timeout);
        let is_pending = matches!(outcome, Err(RecvTimeoutError::Timeout));
        self.handle.mark_stuck(is_pending);
        if is_pending {
            *pending = Some(answer);
        }
        outcome.unwrap_or_else(|_| Err(TransactionError::Retriable(Error::call(SEND_OFFSETS, Code::TIMED_OUT))))
    }

    fn start_sending<'a>(
        &self,
        consumer: &Consumer,
        offsets: impl ExactSizeIterator<Item = (&'a str, i32, i64)>,
        timeout: Duration,
    ) -> Result<Receiver<Outcome>, TransactionError> {
        let offsets = offsets.map(|(topic, partition, at)| (topic, partition, Offset::At(at)));
        let offsets = PartitionList::of(offsets).map_err(TransactionError::Fatal)?;
        // SAFETY: a live client; the metadata is a copy of its own.
        let group = unsafe { sys::rd_kafka_consumer_group_metadata(consumer.as_ptr()) };
        let call = SendOffsets { producer: self.as_ptr(), offsets, group, timeout: timeout * 3 / 4 };
        let (sender, answer) = mpsc::channel();
        let work = move || {
            // Nobody waits any more if the producer was given up.
            sender.send(call.run()).ok();
        };
        let started = thread::Builder::new().name("send-offsets".to_owned()).spawn(work);
        started.map_err(|_| TransactionError::Retriable(Error::call(SEND_OFFSETS, Code::QUEUE_FULL)))?;
        Ok(answer)
    }

    /// Makes everything in the transaction visible. Nothing may be outstanding: drain before.
    pub fn commit_transaction(&self, timeout: Duration) -> Outcome {
        // SAFETY: a live client; the error object is taken over.
        unsafe { sorted("commit transaction", sys::rd_kafka_commit_transaction(self.as_ptr(), millis(timeout))) }
    }

    /// Makes nothing of the transaction visible, ever. Nothing may be outstanding: purge and drain before.
    pub fn abort_transaction(&self, timeout: Duration) -> Outcome {
        // SAFETY: a live client; the error object is taken over.
        unsafe { sorted("abort transaction", sys::rd_kafka_abort_transaction(self.as_ptr(), millis(timeout))) }
    }
}

/// A call that another thread makes.
struct SendOffsets {
    producer: *mut sys::rd_kafka_t,
    offsets: PartitionList,
    group: *mut sys::rd_kafka_consumer_group_metadata_t,
    timeout: Duration,
}

// SAFETY: clients may be called from any thread, and this one outlives the call, since a handle is not destroyed while a call
// is stuck in it and is waited for otherwise; list and metadata belong to the call alone.
unsafe impl Send for SendOffsets {}

impl SendOffsets {
    fn run(self) -> Outcome {
        // SAFETY: a live client, see above, a list and metadata or null. The error object is taken over.
        let error = unsafe {
            sys::rd_kafka_send_offsets_to_transaction(
                self.producer,
                self.offsets.as_ptr(),
                self.group,
                millis(self.timeout),
            )
        };
        if !self.group.is_null() {
            // SAFETY: ours, and used by nobody any more.
            unsafe { sys::rd_kafka_consumer_group_metadata_destroy(self.group) };
        }
        // SAFETY: null or an error object of ours.
        unsafe { sorted(SEND_OFFSETS, error) }
    }
}
