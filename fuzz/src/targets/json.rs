//! What is JSON and what is not, as `serde_json` sees it: inside an ignored member, and as a value of any kind.

use std::sync::LazyLock;

use crate::codec::avro::{Encoder, JsonOptions};
use crate::codec::{CodecError, ViolationKind};
use crate::input::{LIMITS, is_json, shown};
use crate::schema::avro::{Plan, Schema};

static IGNORING: LazyLock<Plan> = LazyLock::new(|| plan(r#"{"type":"record","name":"R","fields":[]}"#));

/// Values of any kind, nested up to four levels.
static ANY: LazyLock<Plan> = LazyLock::new(|| {
    let any = (0..4).fold(r#"["null","boolean","long","double","string"]"#.to_owned(), |inner, _| {
        format!(
            r#"["null","boolean","long","double","string",{{"type":"array","items":{inner}}},{{"type":"map","values":{inner}}}]"#
        )
    });
    plan(&any)
});

fn plan(text: &str) -> Plan {
    Plan::compile(&Schema::parse::<&str>(text, &[]).unwrap()).unwrap()
}

fn encode(plan: &Plan, text: &[u8]) -> Result<(), CodecError> {
    Encoder::new(JsonOptions::default(), LIMITS).encode(plan, text, &mut Vec::new())
}

/// Bytes: a text.
pub fn run(data: &[u8]) {
    let ignored = [br#"{"x":"#, data, b"}"].concat();
    match encode(&IGNORING, &ignored) {
        Ok(()) => assert!(is_json(&ignored), "accepted: {}", shown(&ignored)),
        Err(error) => match error.violation().kind {
            ViolationKind::Syntax => assert!(!is_json(&ignored), "{error}: {}", shown(&ignored)),
            ViolationKind::Limit => {}
            other => panic!("{other:?} {error}: {}", shown(&ignored)),
        },
    }
    match encode(&ANY, data) {
        Ok(()) => assert!(is_json(data), "accepted: {}", shown(data)),
        Err(error) => match error.violation().kind {
            // Half of a surrogate pair is JSON, but no text.
            ViolationKind::Syntax if error.violation().found.starts_with("a lone surrogate") => {}
            ViolationKind::Syntax => assert!(!is_json(data), "{error}: {}", shown(data)),
            _ => {}
        },
    }
}
