//! The `serdecar` binary: parse the command line, run it, turn the error into an exit code.

use std::process::ExitCode;

/// For the C library too, which allocates several times for each record and frees on another thread.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    serdecar::cli::main()
}
