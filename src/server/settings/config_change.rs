//! Setting a config, member by member, and clearing it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::Registry;
use super::super::error::Error;
use super::super::names::{self, Level};
use super::super::store::Change;
use super::{CompatibilityLevel, Config, has_built_in};

/// What requests call the compatibility level; answers call it [`LEVEL`].
const REQUESTED_LEVEL: &str = "compatibility";
const LEVEL: &str = "compatibilityLevel";

/// The members of a request that change a config.
const MEMBERS: [&str; 11] = [
    REQUESTED_LEVEL,
    "alias",
    "normalize",
    "validateFields",
    "validateRules",
    "compatibilityPolicy",
    "compatibilityGroup",
    "defaultMetadata",
    "overrideMetadata",
    "defaultRuleSet",
    "overrideRuleSet",
];

impl Registry {
    /// Sets what the update has members for, of a subject or of a context; `null` clears a member. Returns the update
    /// without the members that mean nothing.
    pub(in crate::server) fn update_config(
        &self,
        subject: &str,
        mut update: Map<String, Value>,
    ) -> Result<Map<String, Value>, Error> {
        let name = names::subject(subject, self.names(), Level::Settings)?;
        update.retain(|member, _| MEMBERS.contains(&member.as_str()));
        self.change(|store| {
            store.check_writable(&name)?;
            let config = updated(store.configs.get(&name).map(AsRef::as_ref), &update)?;
            let change = match config {
                config if config == Config::default() => Change::ClearConfig(name.clone()),
                config => Change::SetConfig(name.clone(), Arc::new(config)),
            };
            Ok((vec![change], ()))
        })?;
        Ok(update)
    }

    /// Clears the config of a subject or of a context, and returns what it was.
    pub(in crate::server) fn clear_config(&self, subject: &str) -> Result<Config, Error> {
        let name = names::subject(subject, self.names(), Level::Settings)?;
        self.change(|store| {
            store.check_writable(&name)?;
            match store.configs.get(&name) {
                Some(config) => Ok((vec![Change::ClearConfig(name.clone())], Config::clone(config))),
                None if has_built_in(&name) => Ok((Vec::new(), Config::built_in())),
                None => Err(Error::SubjectNotFound(name.clone())),
            }
        })
    }

    /// The config that is set for exactly this subject or context, or with `inherited` the one that counts there.
    ///
    /// Either has a compatibility level: where a config does not say it, the one that counts.
    pub(in crate::server) fn config(&self, subject: &str, inherited: bool) -> Result<Config, Error> {
        let name = names::subject(subject, self.names(), Level::Settings)?;
        let store = self.read();
        match store.configs.get(&name) {
            _ if inherited => Ok(store.config(&name)),
            Some(config) => {
                let level = config.compatibility_level.or_else(|| store.config(&name).compatibility_level);
                Ok(Config { compatibility_level: level, ..Config::clone(config) })
            }
            None if has_built_in(&name) => Ok(Config::built_in()),
            None => Err(Error::NoCompatibility(name)),
        }
    }
}

fn updated(config: Option<&Config>, update: &Map<String, Value>) -> Result<Config, Error> {
    let malformed = |error: serde_json::Error| Error::MalformedBody(error.to_string());
    let mut members = match config.map(serde_json::to_value).transpose().map_err(malformed)? {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    for (member, value) in update {
        let (member, value) = match (member.as_str(), value) {
            (REQUESTED_LEVEL, Value::Null) => (LEVEL, Value::Null),
            (REQUESTED_LEVEL, value) => (LEVEL, level(value)?),
            (member, value) => (member, value.clone()),
        };
        members.insert(member.to_owned(), value);
    }
    members.retain(|_, value| !value.is_null());
    let config: Config = serde_json::from_value(Value::Object(members)).map_err(malformed)?;
    for rules in [&config.default_rule_set, &config.override_rule_set].into_iter().flatten() {
        rules.validate()?;
    }
    Ok(config)
}

fn level(value: &Value) -> Result<Value, Error> {
    let level = value.as_str().and_then(|text| text.parse::<CompatibilityLevel>().ok());
    level.map(|level| Value::String(level.to_string())).ok_or(Error::InvalidCompatibility)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(updates: &[Value]) -> Value {
        let config = updates
            .iter()
            .fold(Config::default(), |config, update| updated(Some(&config), update.as_object().unwrap()).unwrap());
        serde_json::to_value(config).unwrap()
    }

    #[test]
    fn an_update_changes_the_members_that_it_has() {
        let first = json!({"compatibility": "full", "normalize": true, "alias": "t"});
        assert_eq!(
            after(&[first.clone(), json!({"normalize": false, "alias": null})]),
            json!({"normalize": false, "compatibilityLevel": "FULL"})
        );
        assert_eq!(after(&[first, json!({"compatibility": null})]), json!({"alias": "t", "normalize": true}));
        assert_eq!(after(&[json!({})]), json!({}));
    }

    #[test]
    fn an_update_that_means_nothing_is_refused() {
        let refused = |update: Value| updated(None, update.as_object().unwrap()).unwrap_err().code();
        for level in [json!("EVERYTHING"), json!(""), json!(1), json!(["FULL"])] {
            assert_eq!(refused(json!({"compatibility": level})), 42203);
        }
        assert_eq!(refused(json!({"normalize": "yes"})), 400);
        assert_eq!(refused(json!({"defaultMetadata": 1})), 400);
        assert_eq!(refused(json!({"overrideRuleSet": {"domainRules": [{"name": "r"}]}})), 42210);
    }
}
