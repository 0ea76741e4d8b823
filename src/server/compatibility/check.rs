//! The check itself: pure, on what was looked up before.

use std::sync::Arc;

use super::super::definition::Schema;
use super::super::parsed::Parsed;
use super::super::references::Referenced;
use super::super::settings::{CompatibilityLevel, Config};
use crate::schema::Direction;

/// How much of an earlier schema's text a message shows, in characters.
const SHOWN: usize = 10 * 1024;

/// An earlier version of the subject.
#[derive(Debug)]
pub(super) struct Earlier {
    pub(super) version: i32,
    pub(super) schema: Arc<Schema>,
    pub(super) references: Vec<Referenced>,
}

/// How many of the earlier versions a level looks at, the latest first.
pub(super) fn looked_at(level: CompatibilityLevel) -> usize {
    match level {
        CompatibilityLevel::None => 0,
        CompatibilityLevel::Backward | CompatibilityLevel::Forward | CompatibilityLevel::Full => 1,
        CompatibilityLevel::BackwardTransitive
        | CompatibilityLevel::ForwardTransitive
        | CompatibilityLevel::FullTransitive => usize::MAX,
    }
}

/// What keeps `new` from following the earlier versions, the latest first. Empty if nothing does.
///
/// The messages are about the latest of the versions that it does not get along with. Behind those that say what is wrong
/// stand the version, its text and what was asked for.
pub(super) fn check(config: &Config, new: &Parsed, earlier: &[Earlier]) -> Vec<String> {
    let level = config.compatibility_level.unwrap_or_default();
    for earlier in earlier.iter().take(looked_at(level)) {
        let mut messages = match Parsed::parse(&earlier.schema.definition, &earlier.references) {
            Ok(old) => directions(level).iter().flat_map(|direction| differences(new, &old, *direction)).collect(),
            // Import mode lets in what is no schema.
            Err(error) => {
                vec![format!("{{errorType:'INVALID_SCHEMA', description:'The old schema is invalid: {error}'}}")]
            }
        };
        if messages.is_empty() {
            continue;
        }
        messages.push(format!("{{oldSchemaVersion: {}}}", earlier.version));
        messages.push(shown(&earlier.schema.definition.text));
        let validate_fields = config.validate_fields.unwrap_or_default();
        messages.push(format!("{{validateFields: '{validate_fields}', compatibility: '{level}'}}"));
        return messages;
    }
    Vec::new()
}

/// Which way data must be readable; the order is that of the messages.
fn directions(level: CompatibilityLevel) -> &'static [Direction] {
    match level {
        CompatibilityLevel::None => &[],
        CompatibilityLevel::Backward | CompatibilityLevel::BackwardTransitive => &[Direction::Backward],
        CompatibilityLevel::Forward | CompatibilityLevel::ForwardTransitive => &[Direction::Forward],
        CompatibilityLevel::Full | CompatibilityLevel::FullTransitive => &[Direction::Forward, Direction::Backward],
    }
}

fn differences(new: &Parsed, old: &Parsed, direction: Direction) -> Vec<String> {
    match direction {
        Direction::Backward => Parsed::incompatibilities(new, old, direction),
        Direction::Forward => Parsed::incompatibilities(old, new, direction),
    }
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => format!("{{oldSchema: '{text}'}}"),
        Some((end, _)) => {
            let (start, _) = text.split_at(end);
            format!("{{oldSchema: <truncated to {SHOWN} characters> '{start}'}}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::definition::Definition;
    use super::*;
    use crate::schema::SchemaType;

    fn definition(schema_type: SchemaType, text: &str) -> Definition {
        Definition { schema_type, text: text.into(), references: Vec::new(), metadata: None, rule_set: None }
    }

    fn earlier(texts: &[&str]) -> Vec<Earlier> {
        let of = |(version, text): (i32, &&str)| Earlier {
            version,
            schema: Arc::new(Schema::new(definition(SchemaType::Avro, text))),
            references: Vec::new(),
        };
        let mut all: Vec<Earlier> = (1..).zip(texts).map(of).collect();
        all.reverse();
        all
    }

    /// The messages for a level, without what stands behind them.
    fn messages(level: CompatibilityLevel, new: &str, old: &[&str]) -> Vec<String> {
        let new = Parsed::parse(&definition(SchemaType::Avro, new), &[]).unwrap();
        let config = Config { compatibility_level: Some(level), ..Config::default() };
        check(&config, &new, &earlier(old))
    }

    fn mismatch(reader: &str, writer: &str, [first, second]: [&str; 2]) -> String {
        format!(
            "{{errorType:'TYPE_MISMATCH', description:'The type (path '/') of a field in the {first} schema does not match with the {second} schema', additionalInfo:'reader type: {reader} not compatible with writer type: {writer}'}}"
        )
    }

    #[test]
    fn each_level_looks_at_its_versions_in_its_direction() {
        use CompatibilityLevel as Level;
        let backward = [Level::Backward, Level::BackwardTransitive];
        let forward = [Level::Forward, Level::ForwardTransitive];
        let full = [Level::Full, Level::FullTransitive];
        let refused = |new: &str, old: &[&str]| -> Vec<Level> {
            let all = [Level::None].into_iter().chain(backward).chain(forward).chain(full);
            all.filter(|level| !messages(*level, new, old).is_empty()).collect()
        };
        let (int, long, string) = ("\"int\"", "\"long\"", "\"string\"");
        assert_eq!(refused(int, &[]), []);
        assert_eq!(refused(int, &[int, int]), []);
        assert_eq!(refused(long, &[int]), [forward, full].concat());
        assert_eq!(refused(int, &[long]), [backward, full].concat());
        assert_eq!(refused(int, &[string]), [backward, forward, full].concat());
        assert_eq!(
            refused(int, &[string, int]),
            [Level::BackwardTransitive, Level::ForwardTransitive, Level::FullTransitive]
        );
    }

    #[test]
    fn messages_name_the_latest_version_that_does_not_fit() {
        assert_eq!(
            messages(CompatibilityLevel::BackwardTransitive, "\"int\"", &["\"string\"", "\"boolean\"", "\"int\""]),
            [
                mismatch("INT", "BOOLEAN", ["new", "old"]),
                "{oldSchemaVersion: 2}".to_owned(),
                "{oldSchema: '\"boolean\"'}".to_owned(),
                "{validateFields: 'false', compatibility: 'BACKWARD_TRANSITIVE'}".to_owned(),
            ]
        );
        let both = messages(CompatibilityLevel::Full, "\"int\"", &["\"string\""]);
        assert_eq!(
            both.get(..2).unwrap(),
            [mismatch("STRING", "INT", ["old", "new"]), mismatch("INT", "STRING", ["new", "old"])]
        );
    }

    #[test]
    fn a_schema_of_another_language_is_incompatible_unless_nothing_is_asked() {
        let new = Parsed::parse(&definition(SchemaType::Json, "{}"), &[]).unwrap();
        let first = |level| {
            let config = Config { compatibility_level: Some(level), ..Config::default() };
            check(&config, &new, &earlier(&["\"int\""])).into_iter().next()
        };
        let expected = Some("Incompatible because of different schema type".to_owned());
        assert_eq!(first(CompatibilityLevel::Forward), expected);
        assert_eq!(first(CompatibilityLevel::None), None);
    }

    #[test]
    fn of_a_long_schema_the_beginning_is_shown() {
        let text = format!("\"{}\"", "é".repeat(20_000));
        let shown = shown(&text);
        assert!(shown.starts_with("{oldSchema: <truncated to 10240 characters> '\"éé"), "{shown}");
        assert_eq!(shown.matches('é').count(), 10_239);
    }
}
