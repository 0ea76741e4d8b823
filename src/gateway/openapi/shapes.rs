//! What goes in and out.

use serde_json::{Value, json};

/// A reference to a shape.
pub(super) fn reference(shape: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{shape}")})
}

/// Every shape, by its name.
pub(super) fn shapes() -> Value {
    let mut shapes = of_records();
    if let (Some(shapes), Value::Object(more)) = (shapes.as_object_mut(), of_answers()) {
        shapes.extend(more);
    }
    shapes
}

fn text() -> Value {
    json!({"type": "string"})
}

fn integer(bits: u32) -> Value {
    let max = (1_i128 << (bits - 1)) - 1;
    json!({"type": "integer", "minimum": -max - 1, "maximum": max})
}

fn or_null(mut shape: Value) -> Value {
    shape["type"] = json!([shape["type"], "null"]);
    shape
}

fn of_records() -> Value {
    let id = or_null(json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}));
    json!({
        "Value": {"description": "The value of one record, as the schema of the topic has it."},
        "Lines": {"type": "string", "description": "A line for each record."},
        "Batch": {
            "type": "object",
            "required": ["records"],
            "properties": {
                "records": {"type": "array", "items": {
                    "type": "object",
                    "properties": {
                        "key": {},
                        "value": {},
                        "partition": or_null(integer(32)),
                        "timestamp": or_null(integer(64)),
                    },
                }},
                "key_schema_id": id,
                "value_schema_id": id,
                "atomic": {"type": "boolean"},
            },
        },
        "Acknowledgement": {
            "type": "object",
            "required": ["partition", "offset"],
            "additionalProperties": false,
            "properties": {"partition": integer(32), "offset": integer(64)},
        },
        "Acknowledged": {"oneOf": [
            reference("Acknowledgement"),
            {"type": "array", "items": reference("Acknowledgement")},
        ]},
    })
}

fn of_answers() -> Value {
    let (text, number) = (text(), json!({"type": "integer"}));
    let (text_or_null, number_or_null) = (or_null(text.clone()), or_null(number.clone()));
    json!({
        "Schema": {
            "type": "object",
            "required": ["context", "id"],
            "properties": {"context": text, "id": {"type": ["integer", "string"]}, "subject": text, "version": number},
        },
        "Written": {
            "type": "object",
            "required": ["topic"],
            "properties": {"topic": text, "partition": number, "offset": number_or_null, "schema": reference("Schema")},
        },
        "Batched": {
            "type": "object",
            "required": ["offsets", "key_schema_id", "value_schema_id"],
            "properties": {
                "offsets": {"type": "array", "items": {
                    "type": "object",
                    "required": ["partition", "offset", "error_code", "error"],
                    "properties": {
                        "partition": number_or_null,
                        "offset": number_or_null,
                        "error_code": number_or_null,
                        "error": text_or_null,
                    },
                }},
                "key_schema_id": number_or_null,
                "value_schema_id": number_or_null,
            },
        },
        "Records": {"type": "array", "items": {
            "type": "object",
            "required": ["topic", "partition", "offset"],
            "properties": {"topic": text, "partition": number, "offset": number, "key": {}, "value": {}},
        }},
        "Description": {"type": "object"},
        "Problem": {
            "type": "object",
            "required": ["title", "status", "detail"],
            "properties": {
                "title": text,
                "status": number,
                "detail": text,
                "line": number,
                "schema": reference("Schema"),
                "error_code": number,
                "message": text,
                "errors": {"type": "array", "items": {
                    "type": "object",
                    "required": ["pointer", "expected", "found", "message"],
                    "properties": {"pointer": text, "expected": text, "found": text, "message": text},
                }},
            },
        },
    })
}
