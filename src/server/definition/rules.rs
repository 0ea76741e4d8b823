//! Rule sets: what clients do with a record on its way, kept beside the schema. The registry runs none of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::or_default;

/// The longest name of a rule, in characters.
const MAX_NAME: usize = 64;

/// The rules of a schema.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleSet {
    /// Between versions of the schema.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub migration_rules: Vec<Rule>,
    /// When a record is written or read.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub domain_rules: Vec<Rule>,
    /// When a record is written or read, behind the domain rules.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub encoding_rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// Its name, of which a set has no two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// What it does with a record.
    #[serde(deserialize_with = "or_default")]
    pub kind: RuleKind,
    /// When it applies.
    #[serde(deserialize_with = "or_default")]
    pub mode: RuleMode,
    /// Who runs it: `CEL`, `ENCRYPT` and others.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub executor: Option<String>,
    /// The tags of the fields to which it applies.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", deserialize_with = "or_default")]
    pub tags: BTreeSet<String>,
    /// Settings of the executor.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub params: BTreeMap<String, String>,
    /// What the executor evaluates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    /// What follows if it succeeds; a pair for modes of two directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_success: Option<String>,
    /// What follows if it fails; a pair for modes of two directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    /// Whether it is left out.
    #[serde(deserialize_with = "or_default")]
    pub disabled: bool,
}

/// What a rule does with a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RuleKind {
    /// It changes it.
    #[default]
    Transform,
    /// It passes or refuses it.
    Condition,
}

/// When a rule applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are those of the API and say all there is")]
pub enum RuleMode {
    Upgrade,
    Downgrade,
    UpDown,
    Write,
    Read,
    #[default]
    WriteRead,
}

/// Why a rule set is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what is wrong")]
pub enum RuleError {
    #[error("Missing rule name")]
    NoName,
    #[error("Empty rule name")]
    EmptyName,
    #[error("Rule name too long")]
    LongName,
    #[error("Illegal initial character in rule name: {0}")]
    InitialCharacter(String),
    #[error("Illegal character in rule name: {0}")]
    Character(String),
    #[error("Found rule with duplicate name '{0}'")]
    DuplicateName(String),
    #[error("Missing rule type")]
    NoType,
    #[error("Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN")]
    NoMigration,
    #[error("{0} rules can only be WRITE, READ, WRITEREAD")]
    NoDomain(&'static str),
    #[error("Multiple actions only valid with WRITEREAD and UPDOWN")]
    TwoActions,
}

impl RuleMode {
    fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "UPGRADE",
            Self::Downgrade => "DOWNGRADE",
            Self::UpDown => "UPDOWN",
            Self::Write => "WRITE",
            Self::Read => "READ",
            Self::WriteRead => "WRITEREAD",
        }
    }

    fn is_migration(self) -> bool {
        matches!(self, Self::Upgrade | Self::Downgrade | Self::UpDown)
    }
}

impl RuleSet {
    /// Checks every rule, and that their names differ.
    pub fn validate(&self) -> Result<(), RuleError> {
        let mut names = HashSet::new();
        for rule in self.rules() {
            let name = rule.validate()?;
            if !names.insert(name) {
                return Err(RuleError::DuplicateName(name.to_owned()));
            }
        }
        if !self.migration_rules.iter().all(|rule| rule.mode.is_migration()) {
            return Err(RuleError::NoMigration);
        }
        for (what, rules) in [("Domain", &self.domain_rules), ("Encoding", &self.encoding_rules)] {
            if rules.iter().any(|rule| rule.mode.is_migration()) {
                return Err(RuleError::NoDomain(what));
            }
        }
        Ok(())
    }

    /// Whether one of the rules is for this executor.
    pub(in crate::server) fn has_type(&self, executor: &str) -> bool {
        self.rules().any(|rule| rule.executor.as_deref() == Some(executor))
    }

    /// The rules in the order in which they are part of a schema's identity.
    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.migration_rules.iter().chain(&self.domain_rules).chain(&self.encoding_rules)
    }

    pub(super) fn hash(&self, hash: &mut Md5) {
        self.rules().for_each(|rule| rule.hash(hash));
    }

    /// What the rules take as JSON, in bytes.
    pub(super) fn byte_size(&self) -> usize {
        serde_json::to_string(self).map_or(0, |text| text.len())
    }
}

impl Rule {
    fn validate(&self) -> Result<&str, RuleError> {
        let name = self.name.as_deref().ok_or(RuleError::NoName)?;
        let first = name.chars().next().ok_or(RuleError::EmptyName)?;
        if name.chars().count() > MAX_NAME {
            return Err(RuleError::LongName);
        }
        if !(first.is_alphabetic() || first == '_') {
            return Err(RuleError::InitialCharacter(name.to_owned()));
        }
        if !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            return Err(RuleError::Character(name.to_owned()));
        }
        if self.executor.is_none() {
            return Err(RuleError::NoType);
        }
        let two = |action: &Option<String>| action.as_ref().is_some_and(|action| action.contains(','));
        let one_way = !matches!(self.mode, RuleMode::WriteRead | RuleMode::UpDown);
        if one_way && (two(&self.on_success) || two(&self.on_failure)) {
            return Err(RuleError::TwoActions);
        }
        Ok(name)
    }

    fn hash(&self, hash: &mut Md5) {
        let kind = match self.kind {
            RuleKind::Transform => "TRANSFORM",
            RuleKind::Condition => "CONDITION",
        };
        let head = [self.name.as_deref(), self.doc.as_deref(), Some(kind), Some(self.mode.as_str())];
        let head = head.into_iter().chain([self.executor.as_deref()]).flatten();
        let lists = self.tags.iter().chain(self.params.iter().flat_map(|(key, value)| [key, value]));
        let tail = [&self.expr, &self.on_success, &self.on_failure].into_iter().flatten();
        for part in head.chain(lists.chain(tail).map(String::as_str)) {
            hash.update(part.as_bytes());
        }
        if self.disabled {
            hash.update([1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn rules(json: Value) -> RuleSet {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn rules_print_with_what_they_left_open() {
        let sent = json!({"domainRules": [{"name": "r", "type": "CEL", "tags": ["PII", "A"], "params": {"b": "2", "a": "1"},
            "expr": "size(message.f) > 0", "onFailure": "DLQ", "doc": null, "unknown": 1}], "migrationRules": null});
        let printed = serde_json::to_string(&rules(sent)).unwrap();
        assert_eq!(
            printed,
            r#"{"domainRules":[{"name":"r","kind":"TRANSFORM","mode":"WRITEREAD","type":"CEL","tags":["A","PII"],"params":{"a":"1","b":"2"},"expr":"size(message.f) > 0","onFailure":"DLQ","disabled":false}]}"#
        );
        assert_eq!(rules(serde_json::from_str(&printed).unwrap()), rules(serde_json::from_str(&printed).unwrap()));
    }

    #[test]
    fn the_hash_runs_over_all_parts_in_order() {
        let rules = rules(json!({
            "encodingRules": [{"name": "e", "type": "X", "disabled": true}],
            "domainRules": [{"name": "d", "doc": "D", "kind": "CONDITION", "mode": "READ", "type": "CEL", "tags": ["t", "s"],
                "params": {"k": "v"}, "expr": "x", "onSuccess": "NONE", "onFailure": "ERROR"}],
            "migrationRules": [{"name": "m", "mode": "UPGRADE", "type": "JSONATA"}]}));
        let mut hash = Md5::new();
        rules.hash(&mut hash);
        let text = b"mTRANSFORMUPGRADEJSONATAdDCONDITIONREADCELstkvxNONEERROReTRANSFORMWRITEREADX\x01";
        assert_eq!(hash.finalize(), Md5::digest(text));
    }

    #[test]
    fn rules_that_make_no_sense_are_refused() {
        let fault =
            |rule: Value, list: &str| rules(json!({ list: [rule] })).validate().map_err(|error| error.to_string());
        let domain = |rule: Value| fault(rule, "domainRules").unwrap_err();
        assert_eq!(domain(json!({"type": "CEL"})), "Missing rule name");
        assert_eq!(domain(json!({"name": "", "type": "CEL"})), "Empty rule name");
        assert_eq!(domain(json!({"name": "n".repeat(65), "type": "CEL"})), "Rule name too long");
        assert_eq!(domain(json!({"name": "1a", "type": "CEL"})), "Illegal initial character in rule name: 1a");
        assert_eq!(domain(json!({"name": "a b", "type": "CEL"})), "Illegal character in rule name: a b");
        assert_eq!(domain(json!({"name": "a"})), "Missing rule type");
        assert_eq!(
            domain(json!({"name": "a", "type": "CEL", "mode": "UPDOWN"})),
            "Domain rules can only be WRITE, READ, WRITEREAD"
        );
        assert_eq!(
            fault(json!({"name": "a", "type": "CEL"}), "migrationRules").unwrap_err(),
            "Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN"
        );
        assert_eq!(
            domain(json!({"name": "a", "type": "CEL", "mode": "WRITE", "onFailure": "A,B"})),
            "Multiple actions only valid with WRITEREAD and UPDOWN"
        );
        let rule = json!({"name": "größe-1", "type": "CEL", "onFailure": "A,B"});
        assert_eq!(fault(rule.clone(), "domainRules"), Ok(()));
        let twice = rules(json!({"domainRules": [rule], "encodingRules": [rule]})).validate();
        assert_eq!(twice.unwrap_err().to_string(), "Found rule with duplicate name 'größe-1'");
    }
}
