//! The `serdecar` binary: parse the command line, run it, turn the error into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    serdecar::cli::main()
}
