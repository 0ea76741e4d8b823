//! Loading the config for a command.

use std::path::Path;

use super::{Exit, Failure};
use crate::config::{Config, LoadError, environment, load as load_config};

/// The config at `path` with the process's environment laid over it. Faults are printed as they are, one a line.
pub(super) fn load(path: &Path) -> Result<Config, Failure> {
    load_config(path, environment()).map_err(|error| match error {
        LoadError::Faults { .. } => {
            eprintln!("{error}");
            Failure::told(Exit::Usage)
        }
        LoadError::Unreadable { .. } => Failure::new(Exit::NoInput, error),
    })
}
