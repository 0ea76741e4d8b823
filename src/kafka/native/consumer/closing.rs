//! The end of a consumer: it gives up what it has and leaves its group.

use std::ptr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::Consumer;
use crate::kafka::native::client::{self, Queue};
use crate::kafka::native::{Code, Error, sys};

/// Records taken at a time, to be dropped, while a consumer closes.
const CLOSE_BATCH: usize = 100;

/// How long partitions may take to go once the subscription has.
const SETTLE: Duration = Duration::from_secs(1);

/// How long to wait for the next event while a consumer closes.
const CLOSE_WAIT: Duration = Duration::from_millis(10);

impl Consumer {
    /// Leaves the group, so that others take over at once; gives up (and leaves like a crash) when `timeout` is over.
    /// Answer every rebalance and commit before.
    ///
    /// A client that is given up is never destroyed, because in the midst of a rebalance that would never end.
    pub fn close(self, timeout: Duration) -> Result<(), Error> {
        let left = self.leave(Instant::now() + timeout);
        if left.is_err() {
            std::mem::forget(Rc::clone(&self.handle));
        }
        left
    }

    /// Whether any partition is assigned.
    fn is_assigned(&self) -> bool {
        let mut list = ptr::null_mut();
        // SAFETY: a live client, and a place for the answer, which is a list of ours on success (code 0; there are local
        // codes only) and destroyed when it has been counted.
        unsafe {
            if sys::rd_kafka_assignment(self.handle.as_ptr(), &raw mut list) as i32 != 0 || list.is_null() {
                return false;
            }
            let count = (*list).cnt;
            sys::rd_kafka_topic_partition_list_destroy(list);
            count > 0
        }
    }

    fn leave(&self, deadline: Instant) -> Result<(), Error> {
        const OPERATION: &str = "close consumer";
        self.callbacks().closing.set(true);
        // Closing alone does not tell the group about a member without partitions; the next rebalance would wait for it
        // until its session is over. A client beyond repair refuses, and has no group any more.
        // SAFETY: a live client. Unsubscribing gives local codes only.
        unsafe { sys::rd_kafka_unsubscribe(self.handle.as_ptr()) };
        // What that takes away is given up before the client closes: an answer that comes while the client's own thread
        // is at its end would be waited for without end.
        let settled = deadline.min(Instant::now() + SETTLE);
        while self.is_assigned() && Instant::now() < settled {
            self.read_batch(&self.queue, CLOSE_BATCH, CLOSE_WAIT, &mut Vec::new());
        }
        let queue = Queue::of(&self.handle);
        // SAFETY: a live client and queue; the error object is taken over.
        unsafe {
            let error = sys::rd_kafka_consumer_close_queue(self.handle.as_ptr(), queue.as_ptr());
            client::outcome(OPERATION, error)?;
        }
        // SAFETY: a live client.
        while unsafe { sys::rd_kafka_consumer_closed(self.handle.as_ptr()) } == 0 {
            if Instant::now() >= deadline {
                return Err(Error::call(OPERATION, Code::TIMED_OUT));
            }
            // Rebalances are answered by our callback inside. What was fetched and not yet returned comes along, and is
            // dropped; a call that expects no records would abort the process.
            self.read_batch(&queue, CLOSE_BATCH, CLOSE_WAIT, &mut Vec::new());
        }
        Ok(())
    }
}
