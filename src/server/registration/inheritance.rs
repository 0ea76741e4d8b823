//! Metadata and rules that a schema gets without bringing them: those of the subject's latest version where it has none,
//! completed by the config's defaults and corrected by its overrides.

use super::super::definition::{Metadata, Rule, RuleSet, Schema};
use super::super::settings::Config;
use super::super::store::Store;
use crate::schema::QualifiedSubject;

impl Store {
    /// The schema as it is registered under a subject.
    pub(in crate::server) fn inherit(&self, name: &QualifiedSubject, schema: &Schema) -> Schema {
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

fn governed_rules(config: &Config, rule_set: Option<&RuleSet>) -> Option<RuleSet> {
    let layers = [config.default_rule_set.as_ref(), rule_set, config.override_rule_set.as_ref()];
    layers.into_iter().flatten().cloned().reduce(|under, over| RuleSet {
        migration_rules: merged(under.migration_rules, over.migration_rules),
        domain_rules: merged(under.domain_rules, over.domain_rules),
        encoding_rules: merged(under.encoding_rules, over.encoding_rules),
    })
}

/// The rules of both; of two with the same name, the one of `over`.
fn merged(mut under: Vec<Rule>, over: Vec<Rule>) -> Vec<Rule> {
    under.retain(|rule| rule.name.is_none() || over.iter().all(|other| other.name != rule.name));
    under.extend(over);
    under
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
        let rules = |rules| serde_json::from_value::<RuleSet>(rules).unwrap();
        let own = rules(json!({"domainRules": [{"name": "b", "expr": "2"}]}));
        assert_eq!(
            governed_rules(&config, Some(&own)),
            Some(rules(json!({
                "domainRules": [{"name": "a", "expr": "1"}, {"name": "b", "expr": "2"}],
                "migrationRules": [{"name": "m"}],
            })))
        );
        assert_eq!(governed_rules(&Config::default(), Some(&own)), Some(own));
    }
}
