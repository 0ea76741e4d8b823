//! Files that clients are made with, certificates and passwords: clients read them once, so a change of one asks for new
//! clients.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::config::Config;
use crate::settings::{Secret, SecretError};

/// Properties that name a file which the library reads when a client is made.
const READ_BY_LIBRARY: &[&str] =
    &["ssl.ca.location", "ssl.certificate.location", "ssl.crl.location", "ssl.key.location", "ssl.keystore.location"];

/// Which property's value stands in which file.
pub(super) type Files = Vec<(String, PathBuf)>;

impl Config {
    /// Whether any file has changed since its content went into this config.
    pub fn is_outdated(&self) -> bool {
        self.fingerprint() != self.read
    }

    /// The same config with what stands in the files now.
    pub fn reread(&self) -> Result<Self, SecretError> {
        // Taken before, so that a change while they are read is a change.
        let mut new = self.clone();
        new.read = self.fingerprint();
        let sections = [&mut new.properties, &mut new.consumer, &mut new.producer];
        for (section, files) in sections.into_iter().zip(&self.files) {
            for (name, value) in section {
                if let Some((_, file)) = files.iter().find(|(known, _)| known == name) {
                    Secret::resolve(None, Some(file))?.reveal().clone_into(value);
                }
            }
        }
        Ok(new)
    }

    /// The same config, with values from these files in its three sections.
    pub(super) fn with_files(mut self, files: [Files; 3]) -> Self {
        self.files = files;
        self.read = self.fingerprint();
        self
    }

    /// What stands in all files, as one number. One that can't be read counts as empty.
    fn fingerprint(&self) -> u64 {
        let named = self.properties.iter().chain(&self.consumer).chain(&self.producer);
        let named = named.filter(|(name, _)| READ_BY_LIBRARY.contains(&name.as_str())).map(|(_, file)| Path::new(file));
        let mut hasher = DefaultHasher::new();
        for file in named.chain(self.files.iter().flatten().map(|(_, file)| file.as_path())) {
            std::fs::read(file).unwrap_or_default().hash(&mut hasher);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::kafka::RawConfig;
    use crate::settings::Faults;

    #[test]
    fn a_config_knows_when_its_files_have_changed_and_takes_what_stands_in_them_now() {
        let dir = tempfile::tempdir().unwrap();
        let (password, ca) = (dir.path().join("password"), dir.path().join("ca.pem"));
        fs::write(&password, "old\n").unwrap();
        fs::write(&ca, "a certificate").unwrap();
        let raw = serde_json::json!({
            "properties": {"sasl.password": {"file": &password}, "ssl.ca.location": &ca, "sasl.username": "u"},
            "producer": {"sasl.password": "its own"},
        });
        let raw: RawConfig = serde_json::from_value(raw).unwrap();
        let mut faults = Faults::default();
        let config = raw.validate("/kafka", &mut faults).unwrap();
        assert!(!config.is_outdated());
        fs::write(&password, "new\n").unwrap();
        assert!(config.is_outdated());
        let new = config.reread().unwrap();
        assert!(!new.is_outdated());
        let password_of = |section: &[(String, String)]| {
            section.iter().find(|(name, _)| name == "sasl.password").map(|(_, value)| value.clone())
        };
        assert_eq!(password_of(&config.properties).as_deref(), Some("old"));
        assert_eq!(password_of(&new.properties).as_deref(), Some("new"));
        assert_eq!(password_of(&new.producer).as_deref(), Some("its own"));
        fs::write(&ca, "another").unwrap();
        assert!(new.is_outdated());
        fs::remove_file(&password).unwrap();
        assert!(new.reread().is_err());
    }
}
