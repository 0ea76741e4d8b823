//! What goes in and out, as JSON Schemas.

use serde_json::{Map, Value, json};

/// A reference to a shape.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn list(of: &str) -> Value {
    json!({"type": "array", "items": reference(of)})
}

/// An object; members with `?` behind their name may be missing. There are no others.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let mut described = open(members);
    if let Some(described) = described.as_object_mut() {
        described.insert("additionalProperties".to_owned(), json!(false));
    }
    described
}

/// The same where there may be others, which are ignored.
fn open<const N: usize>(members: [(&str, Value); N]) -> Value {
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> =
        members.into_iter().map(|(name, shape)| (name.trim_end_matches('?').to_owned(), shape)).collect();
    json!({"type": "object", "required": required, "properties": properties})
}

/// What may also be `null`, as if it were not there.
fn nullable(shape: &Value) -> Value {
    json!({"anyOf": [shape, {"type": "null"}]})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn optional_text() -> Value {
    json!({"type": ["string", "null"]})
}

fn optional_flag() -> Value {
    json!({"type": ["boolean", "null"]})
}

fn map(of: &Value) -> Value {
    json!({"type": "object", "additionalProperties": of})
}

/// Every shape by its name.
pub(super) fn shapes() -> Value {
    let parts = [scalars(), schemas(), submissions(), settings(), about()];
    parts.into_iter().flatten().map(|(name, shape)| (name.to_owned(), shape)).collect::<Map<_, _>>().into()
}

type Shapes = Vec<(&'static str, Value)>;

fn scalars() -> Shapes {
    vec![
        ("Text", text()),
        ("Texts", json!({"type": "array", "items": {"type": "string"}})),
        ("Flag", json!({"type": "string", "description": "True if it says `true`, in any case; else false."})),
        ("Number", json!({"type": "integer"})),
        (
            "Subject",
            json!({"type": "string", "minLength": 1, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", "examples": ["orders-value", ":.staging:orders-value"], "description": "A subject of the default context, or `:.context:subject`; percent-encoded."}),
        ),
        (
            "ContextName",
            json!({"type": "string", "minLength": 1, "examples": [".staging"], "description": "`context`, `.context` and `:.context:` are the same."}),
        ),
        ("Id", json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": i32::MAX})),
        ("Ids", list("Id")),
        ("Version", json!({"type": "integer", "format": "int32"})),
        ("Versions", list("Version")),
        (
            "VersionSelector",
            json!({"anyOf": [
                {"type": "integer", "minimum": 1, "maximum": i32::MAX},
                {"type": "string", "enum": ["latest", "-1"]},
            ]}),
        ),
        ("Guid", json!({"type": "string", "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"})),
        ("SchemaType", json!({"type": "string", "enum": ["AVRO", "JSON", "PROTOBUF"]})),
        ("SchemaTypes", list("SchemaType")),
        (
            "Error",
            object([
                ("error_code", json!({"type": "integer", "description": "Its first three digits are the status."})),
                ("message", text()),
            ]),
        ),
    ]
}

/// The members of a schema in an answer, and others.
fn answered<const N: usize>(others: [(&'static str, Value); N]) -> Value {
    let members = [
        ("guid", reference("Guid")),
        ("schemaType", reference("SchemaType")),
        ("references?", list("Reference")),
        ("metadata?", reference("Metadata")),
        ("ruleSet?", reference("RuleSet")),
        ("schema", text()),
        ("ts", json!({"type": "integer", "format": "int64", "description": "Milliseconds since 1970-01-01 UTC."})),
        ("deleted", json!({"type": "boolean", "description": "Whether it is soft-deleted."})),
    ];
    let mut described = object(members);
    let more = object(others);
    for part in ["required", "properties"] {
        match (described.get_mut(part), more.get(part)) {
            (Some(Value::Array(all)), Some(Value::Array(more))) => all.extend(more.iter().cloned()),
            (Some(Value::Object(all)), Some(Value::Object(more))) => all.extend(more.clone()),
            _ => {}
        }
    }
    described
}

fn schemas() -> Shapes {
    let (subject, version, id) = (("subject", text()), ("version", reference("Version")), ("id", reference("Id")));
    vec![
        ("Schema", answered([])),
        ("Registered", answered([version.clone(), id.clone()])),
        ("SubjectVersion", answered([subject.clone(), version.clone(), id.clone(), ("aliases?", reference("Texts"))])),
        ("SubjectVersions", list("SubjectVersion")),
        (
            "IdSchema",
            answered([
                ("subject?", text()),
                ("version?", reference("Version")),
                ("maxId?", reference("Id")),
                ("schemaTags?", list("PlacedTags")),
            ]),
        ),
        ("Holders", json!({"type": "array", "items": object([subject, version])})),
        ("ContextIds", json!({"type": "array", "items": object([("context", text()), id])})),
        ("Verdict", object([("is_compatible", flag()), ("messages?", reference("Texts"))])),
    ]
}

fn submissions() -> Shapes {
    let number = || json!({"type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX});
    vec![
        (
            "Submission",
            open([
                (
                    "schema",
                    json!({"type": "string", "pattern": "\\S", "examples": ["\"string\"", "{\"type\":\"array\",\"items\":\"long\"}"]}),
                ),
                ("schemaType?", nullable(&reference("SchemaType"))),
                ("references?", nullable(&list("Reference"))),
                ("metadata?", nullable(&reference("Metadata"))),
                ("ruleSet?", nullable(&reference("RuleSet"))),
                ("version?", nullable(&number())),
                ("id?", nullable(&number())),
            ]),
        ),
        (
            "TagUpdate",
            open([
                ("newVersion?", nullable(&number())),
                ("tagsToAdd?", nullable(&list("PlacedTags"))),
                ("tagsToRemove?", nullable(&list("PlacedTags"))),
                ("metadata?", nullable(&reference("Metadata"))),
                ("ruleSet?", nullable(&reference("RuleSet"))),
                ("rulesToMerge?", nullable(&reference("RuleSet"))),
                ("rulesToRemove?", nullable(&reference("Texts"))),
            ]),
        ),
        ("PlacedTags", open([("schemaEntity", reference("Entity")), ("tags", reference("Texts"))])),
        ("Entity", open([("entityPath", text()), ("entityType", json!({"enum": ["SR_RECORD", "SR_FIELD"]}))])),
        ("Reference", open([("name", text()), ("subject", text()), ("version", number())])),
        (
            "Metadata",
            open([
                ("tags?", nullable(&map(&reference("Texts")))),
                ("properties?", nullable(&map(&text()))),
                ("sensitive?", nullable(&reference("Texts"))),
            ]),
        ),
        (
            "RuleSet",
            open(["migrationRules?", "domainRules?", "encodingRules?"].map(|name| (name, nullable(&list("Rule"))))),
        ),
        (
            "Rule",
            open([
                ("name", text()),
                ("doc?", optional_text()),
                ("kind?", json!({"enum": ["TRANSFORM", "CONDITION", null]})),
                ("mode?", json!({"enum": ["UPGRADE", "DOWNGRADE", "UPDOWN", "WRITE", "READ", "WRITEREAD", null]})),
                ("type", text()),
                ("tags?", nullable(&reference("Texts"))),
                ("params?", nullable(&map(&text()))),
                ("expr?", optional_text()),
                ("onSuccess?", optional_text()),
                ("onFailure?", optional_text()),
                ("disabled?", optional_flag()),
            ]),
        ),
    ]
}

fn settings() -> Shapes {
    let level = json!({"enum": [
        "NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE",
    ]});
    let mode = json!({"enum": ["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"]});
    let members = |level: (&'static str, Value)| {
        [
            level,
            ("alias?", optional_text()),
            ("normalize?", optional_flag()),
            ("validateFields?", optional_flag()),
            ("validateRules?", optional_flag()),
            ("compatibilityPolicy?", optional_text()),
            ("compatibilityGroup?", optional_text()),
            ("defaultMetadata?", nullable(&reference("Metadata"))),
            ("overrideMetadata?", nullable(&reference("Metadata"))),
            ("defaultRuleSet?", nullable(&reference("RuleSet"))),
            ("overrideRuleSet?", nullable(&reference("RuleSet"))),
        ]
    };
    vec![
        ("Config", object(members(("compatibilityLevel?", level.clone())))),
        ("ConfigUpdate", open(members(("compatibility?", nullable(&level))))),
        ("Mode", object([("mode", mode.clone())])),
        ("ModeUpdate", open([("mode", nullable(&mode))])),
    ]
}

fn about() -> Shapes {
    let clusters = object([("kafka-cluster", text()), ("schema-registry-cluster", text())]);
    let scope = object([("path", reference("Texts")), ("clusters", clusters)]);
    vec![
        ("Description", open([("openapi", text()), ("paths", json!({"type": "object"}))])),
        ("Identity", object([("id", text()), ("scope", scope)])),
        ("Release", object([("version", text()), ("commitId", text())])),
        ("Deployment", object([("attributes", reference("Texts"))])),
    ]
}
