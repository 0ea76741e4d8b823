//! Metadata and rules that a schema gets without bringing them: those of the subject's latest version where it has none,
//! completed by the config's defaults and corrected by its overrides.

use serde_json::{Map, Value};

use super::super::definition::{Metadata, Schema};
use super::super::settings::Config;
use super::super::store::Store;
use crate::schema::QualifiedSubject;

/// The members of a rule set that are lists of rules, each rule with a name.
const RULES: [&str; 3] = ["migrationRules", "domainRules", "encodingRules"];

impl Store {
    /// The schema as it is registered under a subject.
    pub(super) fn inherit(&self, name: &QualifiedSubject, schema: &Schema) -> Schema {
        let latest = self.versions(name).into_iter().flatten().rev().find(|(_, record)| !record.deleted);
        let latest = latest.and_then(|(version, _)| self.registered(name, *version));
        let latest = latest.as_ref().map(|latest| &latest.schema.definition);
        let config = self.config(name);
        let definition = &schema.definition;
        let metadata = definition.metadata.as_ref().or_else(|| latest?.metadata.as_ref());
        let metadata = governed_metadata(&config, metadata);
        let rule_set = definition.rule_set.as_ref().or_else(|| latest?.rule_set.as_ref());
        let rule_set = governed_rules(&config, rule_set);
        if metadata == definition.metadata && rule_set == definition.rule_set {
            return schema.clone();
        }
        let mut definition = definition.clone();
        definition.metadata = metadata;
        definition.rule_set = rule_set;
        Schema::new(definition)
    }
}

fn governed_metadata(config: &Config, metadata: Option<&Metadata>) -> Option<Metadata> {
    let layers = [config.default_metadata.as_ref(), metadata, config.override_metadata.as_ref()];
    layers.into_iter().flatten().cloned().reduce(|mut under, over| {
        under.tags.extend(over.tags);
        under.properties.extend(over.properties);
        under.sensitive.extend(over.sensitive);
        under
    })
}

fn governed_rules(config: &Config, rule_set: Option<&Value>) -> Option<Value> {
    let layers = [config.default_rule_set.as_ref(), rule_set, config.override_rule_set.as_ref()];
    layers.into_iter().flatten().cloned().reduce(merged_rules)
}

/// The rules of both; of two with the same name, the one of `over`.
fn merged_rules(under: Value, over: Value) -> Value {
    let (Value::Object(mut rules), Value::Object(over)) = (under, over.clone()) else { return over };
    for (member, value) in over {
        let merged = match (rules.remove(&member), value) {
            (Some(Value::Array(under)), Value::Array(over)) if RULES.contains(&member.as_str()) => {
                let name = |rule: &Value| rule.as_object().and_then(name_of).map(str::to_owned);
                let replaced: Vec<String> = over.iter().filter_map(name).collect();
                let kept = under.into_iter().filter(|rule| name(rule).is_none_or(|name| !replaced.contains(&name)));
                Value::Array(kept.chain(over).collect())
            }
            (_, value) => value,
        };
        rules.insert(member, merged);
    }
    Value::Object(rules)
}

fn name_of(rule: &Map<String, Value>) -> Option<&str> {
    rule.get("name")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_complete_and_overrides_correct() {
        let config: Config = serde_json::from_value(json!({
            "defaultMetadata": {"properties": {"owner": "nobody", "tier": "3"}},
            "overrideMetadata": {"properties": {"tier": "1"}, "tags": {"a": ["PII"]}},
        }))
        .unwrap();
        let own: Metadata = serde_json::from_value(json!({"properties": {"owner": "me", "tier": "2"}})).unwrap();
        let expected = json!({"tags": {"a": ["PII"]}, "properties": {"owner": "me", "tier": "1"}});
        assert_eq!(serde_json::to_value(governed_metadata(&config, Some(&own))).unwrap(), expected);
        let expected = json!({"tags": {"a": ["PII"]}, "properties": {"owner": "nobody", "tier": "1"}});
        assert_eq!(serde_json::to_value(governed_metadata(&config, None)).unwrap(), expected);
        assert_eq!(governed_metadata(&Config::default(), None), None);
    }

    #[test]
    fn rules_are_merged_by_name() {
        let config: Config = serde_json::from_value(json!({
            "defaultRuleSet": {"domainRules": [{"name": "a", "expr": "1"}, {"name": "b", "expr": "1"}]},
            "overrideRuleSet": {"migrationRules": [{"name": "m"}]},
        }))
        .unwrap();
        let own = json!({"domainRules": [{"name": "b", "expr": "2"}]});
        assert_eq!(
            governed_rules(&config, Some(&own)),
            Some(json!({
                "domainRules": [{"name": "a", "expr": "1"}, {"name": "b", "expr": "2"}],
                "migrationRules": [{"name": "m"}],
            }))
        );
        assert_eq!(governed_rules(&Config::default(), Some(&own)), Some(own));
    }
}
