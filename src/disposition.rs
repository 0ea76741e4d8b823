//! What an error asks of whoever meets it.

/// What to do about an error. Every error that can reach a pipeline answers with one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// A peer's trouble, or somebody's configuration that may be mended: wait and try again; nothing is lost by it.
    Retry,
    /// This record's trouble: dead letter, skip or stop, as configured.
    Reject,
    /// Trying again can't help: stop before the first record.
    Fatal,
}
