//! The `serdecar` binary: parse the command line, run it, turn the error into an exit code.

fn main() {}
