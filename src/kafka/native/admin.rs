//! Questions to the brokers' admin API.

use std::ffi::CStr;
use std::ptr;
use std::time::Duration;

use super::client::{Event, Handle, Queue};
use super::{Code, Error, c_string, check, millis, sys};

const OPERATION: &str = "describe topic";

/// The topic's `max.message.bytes`.
pub(super) fn max_message_bytes(client: &Handle, topic: &str, timeout: Duration) -> Result<usize, Error> {
    let topic = c_string(topic)?;
    let queue = Queue::of(client);
    // SAFETY: a live client and queue, and a NUL-terminated name. The resource and the options are ours, are copied by
    // the call, and are destroyed after it. A timeout out of bounds would leave the default in place.
    unsafe {
        let mut resource =
            sys::rd_kafka_ConfigResource_new(sys::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, topic.as_ptr());
        let options = sys::rd_kafka_AdminOptions_new(
            client.as_ptr(),
            sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
        );
        sys::rd_kafka_AdminOptions_set_request_timeout(options, millis(timeout), ptr::null_mut(), 0);
        sys::rd_kafka_DescribeConfigs(client.as_ptr(), &raw mut resource, 1, options, queue.as_ptr());
        sys::rd_kafka_AdminOptions_destroy(options);
        sys::rd_kafka_ConfigResource_destroy(resource);
    }
    // A second beyond the request's own timeout, of which it always makes an event.
    let event = queue.poll(timeout + Duration::from_secs(1)).ok_or_else(|| Error::call(OPERATION, Code::TIMED_OUT))?;
    if event.code() != 0 {
        return Err(Error::Call { operation: OPERATION, code: Code(event.code()), message: event.message() });
    }
    entry(&event, c"max.message.bytes")?.ok_or_else(|| Error::call(OPERATION, Code::UNSUPPORTED))
}

/// The number in the entry `name` of the one resource that was asked for.
fn entry(event: &Event, name: &CStr) -> Result<Option<usize>, Error> {
    // SAFETY: a live event; what its getters return is null or lives as long as it does, arrays with the length that
    // goes with them. The resource's code is compared as a number.
    unsafe {
        let result = sys::rd_kafka_event_DescribeConfigs_result(event.as_ptr());
        if result.is_null() {
            return Ok(None);
        }
        let mut count = 0;
        let resources = sys::rd_kafka_DescribeConfigs_result_resources(result, &raw mut count);
        if resources.is_null() || count == 0 {
            return Ok(None);
        }
        let resource = *resources;
        check(OPERATION, super::config_resource_error(resource))?;
        let entries = sys::rd_kafka_ConfigResource_configs(resource, &raw mut count);
        for index in 0..count {
            let entry = *entries.add(index);
            if CStr::from_ptr(sys::rd_kafka_ConfigEntry_name(entry)) == name {
                return Ok(super::text(sys::rd_kafka_ConfigEntry_value(entry)).parse().ok());
            }
        }
    }
    Ok(None)
}
