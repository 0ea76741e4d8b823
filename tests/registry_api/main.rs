//! The schema registry over HTTP, as its clients meet it.

mod client;
mod concurrency;
mod contexts;
mod deletion;
mod protocol;
mod references;
mod registration;
