//! Modes and configs, and which one counts for a subject: its own, else its context's, else that of `.__GLOBAL`, else
//! the built-in one.
//!
//! A subject's settings are kept under its name, those of a whole context under the empty subject of that context. The
//! default context has a level of its own like any other: what is set there does not reach other contexts.

mod config_change;
mod mode_change;

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::definition::{Metadata, RuleSet};
use super::member;
use super::store::Store;
use crate::schema::{Context, QualifiedNames, QualifiedSubject, Subject};

/// What may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Mode {
    /// Everything, with ids given by the registry.
    #[default]
    ReadWrite,
    /// Nothing.
    ReadOnly,
    /// Nothing: an older name for the same.
    #[serde(rename = "READONLY_OVERRIDE")]
    ReadOnlyOverride,
    /// Everything, with ids given by the client.
    Import,
    /// As in import mode: another registry is the source. For all contexts at once or none.
    Forward,
}

/// Which earlier versions a new one must get along with, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum CompatibilityLevel {
    /// None.
    None,
    /// The new version reads what the latest one wrote.
    #[default]
    Backward,
    /// The new version reads what any earlier one wrote.
    BackwardTransitive,
    /// The latest version reads what the new one writes.
    Forward,
    /// Every earlier version reads what the new one writes.
    ForwardTransitive,
    /// Both ways, with the latest version.
    Full,
    /// Both ways, with every earlier version.
    FullTransitive,
}

/// How a subject is governed beside its mode. What is unset is inherited, member by member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Config {
    /// The subject that this name stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) alias: Option<String>,
    /// Whether schemas are normalized when they are registered or looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) normalize: Option<bool>,
    /// Whether the names of fields are checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) validate_fields: Option<bool>,
    /// Whether rules are checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) validate_rules: Option<bool>,
    /// The compatibility level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compatibility_level: Option<CompatibilityLevel>,
    /// How strictly JSON Schemas are compared; kept for clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compatibility_policy: Option<String>,
    /// The metadata property that divides the versions: only those with the same value must get along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compatibility_group: Option<String>,
    /// What a schema without it gets as metadata.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "member::object")]
    pub(super) default_metadata: Option<Metadata>,
    /// What every schema gets as metadata, whatever it brings.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "member::object")]
    pub(super) override_metadata: Option<Metadata>,
    /// What a schema without it gets as rules.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "member::object")]
    pub(super) default_rule_set: Option<RuleSet>,
    /// What every schema gets as rules, whatever it brings.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "member::object")]
    pub(super) override_rule_set: Option<RuleSet>,
}

/// A text is no mode, or no compatibility level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownSetting;

impl Mode {
    const ALL: [Self; 5] = [Self::ReadWrite, Self::ReadOnly, Self::ReadOnlyOverride, Self::Import, Self::Forward];

    /// Whether nothing may be changed.
    pub(super) fn is_read_only(self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadOnlyOverride)
    }

    /// Whether clients give the ids.
    pub(super) fn is_import(self) -> bool {
        matches!(self, Self::Import | Self::Forward)
    }
}

impl CompatibilityLevel {
    const ALL: [Self; 7] = [
        Self::None,
        Self::Backward,
        Self::BackwardTransitive,
        Self::Forward,
        Self::ForwardTransitive,
        Self::Full,
        Self::FullTransitive,
    ];
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for CompatibilityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// In any case: clients write `full` and `FULL`.
impl FromStr for Mode {
    type Err = UnknownSetting;

    fn from_str(text: &str) -> Result<Self, UnknownSetting> {
        named(&Self::ALL, text)
    }
}

/// In any case: clients write `full` and `FULL`.
impl FromStr for CompatibilityLevel {
    type Err = UnknownSetting;

    fn from_str(text: &str) -> Result<Self, UnknownSetting> {
        named(&Self::ALL, text)
    }
}

fn named<T: Copy + fmt::Display>(all: &[T], text: &str) -> Result<T, UnknownSetting> {
    all.iter().find(|setting| setting.to_string().eq_ignore_ascii_case(text)).copied().ok_or(UnknownSetting)
}

impl Config {
    /// What counts where nothing is set.
    fn built_in() -> Self {
        Self { compatibility_level: Some(CompatibilityLevel::default()), ..Self::default() }
    }

    /// What this config says, and of what it does not say, what `outer` says.
    fn or(self, outer: &Self) -> Self {
        Self {
            alias: self.alias,
            normalize: self.normalize.or(outer.normalize),
            validate_fields: self.validate_fields.or(outer.validate_fields),
            validate_rules: self.validate_rules.or(outer.validate_rules),
            compatibility_level: self.compatibility_level.or(outer.compatibility_level),
            compatibility_policy: self.compatibility_policy.or_else(|| outer.compatibility_policy.clone()),
            compatibility_group: self.compatibility_group.or_else(|| outer.compatibility_group.clone()),
            default_metadata: self.default_metadata.or_else(|| outer.default_metadata.clone()),
            override_metadata: self.override_metadata.or_else(|| outer.override_metadata.clone()),
            default_rule_set: self.default_rule_set.or_else(|| outer.default_rule_set.clone()),
            override_rule_set: self.override_rule_set.or_else(|| outer.override_rule_set.clone()),
        }
    }
}

/// The level at which `.__GLOBAL` is set.
static GLOBAL: LazyLock<QualifiedSubject> =
    LazyLock::new(|| QualifiedSubject::parse(&format!(":{}:", Context::GLOBAL), QualifiedNames::On));

/// The levels at which a name may be set, the nearest first.
fn levels(name: &QualifiedSubject) -> [QualifiedSubject; 3] {
    [name.clone(), QualifiedSubject::new(name.context.clone(), Subject::new("")), GLOBAL.clone()]
}

/// Whether a name stands for a level that always has a value: the built-in one if no other is set.
fn has_built_in(name: &QualifiedSubject) -> bool {
    name.subject.is_empty() && (name.context.is_default() || *name == *GLOBAL)
}

/// Whether a name stands for all contexts.
fn is_global(name: &QualifiedSubject) -> bool {
    *name == *GLOBAL
}

impl Store {
    /// The mode that counts for a name.
    pub(super) fn mode(&self, name: &QualifiedSubject) -> Mode {
        levels(name).iter().find_map(|level| self.modes.get(level)).copied().unwrap_or_default()
    }

    /// The config that counts for a name. It has a compatibility level.
    pub(super) fn config(&self, name: &QualifiedSubject) -> Config {
        let own = self.configs.get(name).map(|config| Config::clone(config)).unwrap_or_default();
        let [_, outer @ ..] = levels(name);
        let outer = outer.iter().filter_map(|level| self.configs.get(level));
        outer.fold(own, |inner, outer| inner.or(outer)).or(&Config::built_in())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::store::Change;
    use super::*;

    fn name(text: &str) -> QualifiedSubject {
        QualifiedSubject::parse(text, QualifiedNames::On)
    }

    #[test]
    fn the_nearest_mode_counts() {
        let mut store = Store::new();
        assert_eq!(store.mode(&name(":.a:s")), Mode::ReadWrite);
        for (set, mode) in [(":.__GLOBAL:", Mode::ReadOnly), (":.a:", Mode::Import), (":.a:s", Mode::ReadWrite)] {
            store.apply(Change::SetMode(name(set), mode));
        }
        for (asked, mode) in [
            (":.a:s", Mode::ReadWrite),
            (":.a:t", Mode::Import),
            (":.a:", Mode::Import),
            (":.b:s", Mode::ReadOnly),
            ("s", Mode::ReadOnly),
            (":.:", Mode::ReadOnly),
            (":.__GLOBAL:", Mode::ReadOnly),
        ] {
            assert_eq!(store.mode(&name(asked)), mode, "{asked}");
        }
        store.apply(Change::SetMode(name(":.:"), Mode::ReadOnlyOverride));
        assert_eq!(store.mode(&name("s")), Mode::ReadOnlyOverride);
        assert_eq!(store.mode(&name(":.b:s")), Mode::ReadOnly, "the default context is not the global one");
    }

    #[test]
    fn a_config_is_inherited_member_by_member() {
        let mut store = Store::new();
        let set = |store: &mut Store, at: &str, config: &str| {
            store.apply(Change::SetConfig(name(at), Arc::new(serde_json::from_str(config).unwrap())));
        };
        set(&mut store, ":.a:s", r#"{"normalize": true, "alias": "t"}"#);
        set(&mut store, ":.a:", r#"{"compatibilityLevel": "FULL_TRANSITIVE", "normalize": false, "alias": "u"}"#);
        set(&mut store, ":.__GLOBAL:", r#"{"compatibilityLevel": "NONE", "validateFields": true}"#);
        set(&mut store, ":.:", r#"{"compatibilityGroup": "major"}"#);
        let effective = |asked: &str| serde_json::to_string(&store.config(&name(asked))).unwrap();
        assert_eq!(
            effective(":.a:s"),
            r#"{"alias":"t","normalize":true,"validateFields":true,"compatibilityLevel":"FULL_TRANSITIVE"}"#
        );
        assert_eq!(effective(":.b:s"), r#"{"validateFields":true,"compatibilityLevel":"NONE"}"#);
        assert_eq!(store.config(&name("s")).compatibility_group.as_deref(), Some("major"));
        assert_eq!(
            store.config(&name(":.a:t")).alias,
            None,
            "an alias is one of a subject: a context is no other name for one"
        );
    }

    #[test]
    fn settings_are_read_in_any_case_and_printed_in_capitals() {
        assert_eq!("full_transitive".parse(), Ok(CompatibilityLevel::FullTransitive));
        assert_eq!("readonly_override".parse(), Ok(Mode::ReadOnlyOverride));
        assert_eq!("FULL-TRANSITIVE".parse::<CompatibilityLevel>(), Err(UnknownSetting));
        assert_eq!((Mode::ReadWrite.to_string(), Mode::Forward.to_string()), ("READWRITE".into(), "FORWARD".into()));
    }
}
