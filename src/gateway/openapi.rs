//! The [OpenAPI](https://spec.openapis.org/oas/v3.1.1) description of the gateway, as `/openapi.json` serves it.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use serde_json::{Value, json};

/// The description as JSON.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// The path under which it is served.
pub(super) fn router() -> Router {
    Router::new().route("/openapi.json", get(async || ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str())))
}

/// What any request may be answered with beside its success.
const PROBLEMS: [u16; 11] = [400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 503];

fn document() -> Value {
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "serdecar gateway",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Topics over HTTP: records are validated by their schemas, serialized and produced.",
        },
        "paths": {
            "/topics/{topic}": {"post": produce("produce", &json!({"name": "topic", "in": "path", "required": true}))},
            "/topics": {"post": produce("produceToNamed", &json!({"name": "topic", "in": "query"}))},
        },
        "components": {"schemas": shapes(), "responses": {"Problem": {
            "description": "It is refused.",
            "content": {"application/problem+json": {"schema": reference("Problem")}},
        }}},
    })
}

fn produce(name: &str, topic: &Value) -> Value {
    let mut topic = topic.clone();
    topic["schema"] = json!({"type": "string"});
    let answer = |status| {
        let description = if status == 200 { "It is written." } else { "It is valid, and on its way." };
        json!({"description": description, "content": {
            "application/json": {"schema": reference("Written")},
            "application/x-ndjson": {"schema": {"type": "string", "description": "A line for each record, in order."}},
        }})
    };
    let mut responses = json!({"200": answer(200), "202": answer(202)});
    for status in PROBLEMS {
        responses[status.to_string()] = json!({"$ref": "#/components/responses/Problem"});
    }
    json!({
        "operationId": name,
        "summary": "Write the body to a topic",
        "parameters": [topic],
        "requestBody": {"required": true, "content": {
            "application/json": {"schema": {"description": "The value of one record."}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "The value of a record a line."}},
        }},
        "responses": responses,
    })
}

fn reference(shape: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{shape}")})
}

fn shapes() -> Value {
    let text = json!({"type": "string"});
    json!({
        "Schema": {
            "type": "object",
            "required": ["context", "id"],
            "properties": {"context": text, "id": {"type": ["integer", "string"]}, "subject": text, "version": {"type": "integer"}},
        },
        "Written": {
            "type": "object",
            "required": ["topic"],
            "properties": {
                "topic": text,
                "partition": {"type": "integer"},
                "offset": {"type": ["integer", "null"]},
                "schema": reference("Schema"),
            },
        },
        "Problem": {
            "type": "object",
            "required": ["title", "status", "detail"],
            "properties": {
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "line": {"type": "integer"},
                "schema": reference("Schema"),
                "errors": {"type": "array", "items": {
                    "type": "object",
                    "required": ["pointer", "expected", "found", "message"],
                    "properties": {"pointer": text, "expected": text, "found": text, "message": text},
                }},
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference in a description.
    fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn references_lead_somewhere() {
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 10);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
        }
    }
}
