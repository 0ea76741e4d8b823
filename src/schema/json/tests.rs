use super::*;

fn fault(text: &str) -> String {
    JsonSchema::parse::<&str, &str>(text, &[]).unwrap_err().to_string()
}

#[test]
fn what_its_draft_does_not_allow_is_no_schema() {
    assert_eq!(fault("5"), "a JSON Schema is an object or a boolean");
    assert!(fault("{").starts_with("the schema is not JSON: EOF while parsing"), "{}", fault("{"));
    assert!(fault(r#"{"type":"strin"}"#).starts_with("/type: "), "{}", fault(r#"{"type":"strin"}"#));
    assert!(fault(r#"{"properties":{"a":{"minLength":-1}}}"#).starts_with("/properties/a/minLength: "));
    assert!(fault(r#"{"$schema":"http://json-schema.org/draft-04/schema#","exclusiveMinimum":5}"#).starts_with('/'));
    let drafts =
        ["draft-04/schema#", "draft-06/schema#", "draft-07/schema", "draft/2019-09/schema", "draft/2020-12/schema"];
    for draft in drafts {
        for scheme in ["http", "https"] {
            let of = |ty: &str| format!(r#"{{"$schema":"{scheme}://json-schema.org/{draft}","type":{ty}}}"#);
            assert!(JsonSchema::parse::<&str, &str>(&of("\"string\""), &[]).is_ok(), "{draft}");
            assert!(fault(&of("7")).starts_with("/type: "), "{draft}");
        }
    }
    let own = r#"{"$schema":"http://example.com/my-own","type":"whatever"}"#;
    assert!(JsonSchema::parse::<&str, &str>(own, &[]).is_ok(), "what we don't know we don't check");
}

#[test]
fn a_reference_into_the_schema_itself_must_lead_somewhere() {
    assert_eq!(fault(r##"{"$ref":"#/definitions/a"}"##), "$ref '#/definitions/a' leads nowhere");
    assert_eq!(fault(r##"{"items":{"$ref":"#nowhere"}}"##), "$ref '#nowhere' leads nowhere");
    for text in [
        r##"{"$ref":"#"}"##,
        r##"{"$ref":"#/definitions/a%20b~1c","definitions":{"a b/c":{}}}"##,
        r##"{"items":{"$ref":"#x"},"definitions":{"a":{"$anchor":"x"}}}"##,
        r#"{"$ref":"http://elsewhere/x.json#/a"}"#,
        r#"{"$ref":"inner.json#/definitions/b","definitions":{"a":{"$id":"inner.json","definitions":{"b":{}}}}}"#,
        r##"{"properties":{"$ref":{"type":"string"}},"const":{"$ref":"#/nowhere"}}"##,
    ] {
        assert!(JsonSchema::parse::<&str, &str>(text, &[]).is_ok(), "{text}");
    }
}
