//! librdkafka's mock cluster.

use std::ffi::CStr;
use std::ptr::NonNull;
use std::time::Duration;

use super::client::Handle;
use super::conf::Conf;
use super::{Error, c_string, check, millis, sys};

/// The only broker's id.
const BROKER: i32 = 1;

/// A cluster of one broker on the loopback interface.
#[derive(Debug)]
pub(in crate::kafka) struct MockCluster {
    raw: NonNull<sys::rd_kafka_mock_cluster_t>,
    /// The client whose threads the cluster runs on; dropped after the cluster.
    _client: Handle,
}

// SAFETY: every function of a mock cluster hands its work to the cluster's own thread through a locked queue, so it
// does not matter which thread calls; `&self` stays with one thread at a time because this is not `Sync`.
unsafe impl Send for MockCluster {}

impl MockCluster {
    /// Starts a cluster. A group's first rebalance waits `rebalance_delay` for more members.
    pub(in crate::kafka) fn start(rebalance_delay: Duration) -> Result<Self, Error> {
        let client = Handle::new(Conf::new(&[])?, sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, None)?;
        // SAFETY: a live client; the cluster is ours and dropped before it.
        let raw = unsafe { sys::rd_kafka_mock_cluster_new(client.as_ptr(), BROKER) };
        let raw = NonNull::new(raw).ok_or_else(|| Error::Settings("can't listen on the loopback interface".into()))?;
        // SAFETY: a live cluster of ours.
        unsafe { sys::rd_kafka_mock_group_initial_rebalance_delay_ms(raw.as_ptr(), millis(rebalance_delay)) };
        Ok(Self { raw, _client: client })
    }

    /// `127.0.0.1:PORT`.
    pub(in crate::kafka) fn bootstrap_servers(&self) -> String {
        // SAFETY: a live cluster, which owns the NUL-terminated text.
        unsafe { CStr::from_ptr(sys::rd_kafka_mock_cluster_bootstraps(self.raw.as_ptr())) }
            .to_string_lossy()
            .into_owned()
    }

    pub(in crate::kafka) fn create_topic(&self, name: &str, partitions: i32) -> Result<(), Error> {
        let name = c_string(name)?;
        // SAFETY: a live cluster and a NUL-terminated name, which is copied. The codes are local.
        let code = unsafe { sys::rd_kafka_mock_topic_create(self.raw.as_ptr(), name.as_ptr(), partitions, 1) };
        check("create topic", code as i32)
    }

    /// Breaks every connection and refuses new ones, or takes them again.
    pub(in crate::kafka) fn set_up(&self, up: bool) -> Result<(), Error> {
        // SAFETY: a live cluster. The codes are local.
        let code = unsafe {
            if up {
                sys::rd_kafka_mock_broker_set_up(self.raw.as_ptr(), BROKER)
            } else {
                sys::rd_kafka_mock_broker_set_down(self.raw.as_ptr(), BROKER)
            }
        };
        check("set broker up or down", code as i32)
    }

    /// Answers the next requests of one kind with these codes, one each.
    pub(in crate::kafka) fn fail_next(&self, api_key: i16, codes: &[i32]) {
        // SAFETY: a live cluster, and an array whose length goes with it; codes are read as the numbers they are in C.
        unsafe {
            super::mock_push_request_errors_array(self.raw.as_ptr(), api_key, codes.len(), codes.as_ptr());
        }
    }
}

impl Drop for MockCluster {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this; its client still lives.
        unsafe { sys::rd_kafka_mock_cluster_destroy(self.raw.as_ptr()) };
    }
}
