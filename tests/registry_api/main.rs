//! The schema registry over HTTP, as its clients meet it.

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does not hold")]

mod acceptance;
mod client;
mod compatibility;
mod concurrency;
mod configs;
mod contexts;
mod deletion;
mod durability;
mod metrics;
mod modes;
mod process;
mod protocol;
mod references;
mod registration;
