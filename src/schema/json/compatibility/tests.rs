use super::*;

fn schema(text: &str) -> JsonSchema {
    JsonSchema::parse::<&str, &str>(text, &[]).unwrap()
}

/// Kind and path of everything that keeps `new` from reading what `old` wrote.
fn found(old: &str, new: &str) -> Vec<String> {
    incompatibilities(&schema(new), &schema(old)).iter().map(ToString::to_string).collect()
}

/// Each line: the old schema, the new one, and what is found.
fn check(cases: &[(&str, &str, &[&str])]) {
    for (old, new, expected) in cases {
        assert_eq!(found(old, new), *expected, "{old} becomes {new}");
    }
}

#[test]
fn types_may_grow() {
    check(&[
        (r#"{"type":"integer"}"#, r#"{"type":"number"}"#, &[]),
        (r#"{"type":"number"}"#, r#"{"type":"integer"}"#, &["TYPE_NARROWED at #/"]),
        (r#"{"type":"string"}"#, r#"{"type":["string","null"]}"#, &[]),
        (r#"{"type":["string","null"]}"#, r#"{"type":"string"}"#, &["TYPE_NARROWED at #/"]),
        (r#"{"type":"string"}"#, r#"{"type":"integer"}"#, &["TYPE_CHANGED at #/"]),
        (r#"{"type":"string"}"#, "{}", &[]),
        (r#"{"type":"string"}"#, "true", &[]),
        ("{}", r#"{"type":"string"}"#, &["TYPE_CHANGED at #/"]),
        ("true", "{}", &[]),
        ("false", r#"{"type":"string"}"#, &[]),
        (r#"{"type":"string"}"#, "false", &["TYPE_CHANGED at #/"]),
        (r#"{"properties":{"a":{"type":"string"}}}"#, r#"{"type":"object","properties":{"a":{"type":"string"}}}"#, &[]),
        (r#"{"type":"string","title":"a"}"#, r#"{"type":"string","title":"b","format":"date"}"#, &[]),
    ]);
}

#[test]
fn limits_may_widen() {
    for (wide, narrow, kind) in [
        ("{}", r#"{"maximum":5}"#, "MAXIMUM_ADDED at #/maximum"),
        (r#"{"maximum":6}"#, r#"{"maximum":5.5}"#, "MAXIMUM_DECREASED at #/maximum"),
        ("{}", r#"{"minimum":5}"#, "MINIMUM_ADDED at #/minimum"),
        (r#"{"minimum":5}"#, r#"{"minimum":6}"#, "MINIMUM_INCREASED at #/minimum"),
        (r#"{"minimum":9007199254740992}"#, r#"{"minimum":9007199254740993}"#, "MINIMUM_INCREASED at #/minimum"),
        ("{}", r#"{"exclusiveMaximum":5}"#, "EXCLUSIVE_MAXIMUM_ADDED at #/exclusiveMaximum"),
        (r#"{"maximum":5}"#, r#"{"exclusiveMaximum":5}"#, "EXCLUSIVE_MAXIMUM_DECREASED at #/exclusiveMaximum"),
        (r#"{"exclusiveMinimum":1}"#, r#"{"exclusiveMinimum":2}"#, "EXCLUSIVE_MINIMUM_INCREASED at #/exclusiveMinimum"),
        ("{}", r#"{"multipleOf":5}"#, "MULTIPLE_OF_ADDED at #/multipleOf"),
        (r#"{"multipleOf":5}"#, r#"{"multipleOf":10}"#, "MULTIPLE_OF_EXPANDED at #/multipleOf"),
    ] {
        let number = |limits: &str| limits.replacen('{', "{\"type\":\"number\",", 1).replace(",}", "}");
        assert_eq!(found(&number(wide), &number(narrow)), [kind]);
        assert_eq!(found(&number(narrow), &number(wide)), [""; 0]);
    }
    for (wide, narrow, kind) in [
        ("{}", r#"{"maxLength":5}"#, "MAX_LENGTH_ADDED at #/maxLength"),
        (r#"{"maxLength":6}"#, r#"{"maxLength":5}"#, "MAX_LENGTH_DECREASED at #/maxLength"),
        ("{}", r#"{"minLength":1}"#, "MIN_LENGTH_ADDED at #/minLength"),
        (r#"{"minLength":1}"#, r#"{"minLength":2}"#, "MIN_LENGTH_INCREASED at #/minLength"),
        ("{}", r#"{"pattern":"a"}"#, "PATTERN_ADDED at #/pattern"),
    ] {
        let string = |limits: &str| limits.replacen('{', "{\"type\":\"string\",", 1).replace(",}", "}");
        assert_eq!(found(&string(wide), &string(narrow)), [kind]);
        assert_eq!(found(&string(narrow), &string(wide)), [""; 0]);
    }
    check(&[
        (
            r#"{"type":"number","multipleOf":6}"#,
            r#"{"type":"number","multipleOf":4}"#,
            &["MULTIPLE_OF_CHANGED at #/multipleOf"],
        ),
        (r#"{"type":"string","pattern":"a"}"#, r#"{"type":"string","pattern":"b"}"#, &["PATTERN_CHANGED at #/pattern"]),
        (r#"{"type":"number","exclusiveMaximum":5}"#, r#"{"type":"number","maximum":5}"#, &[]),
        (r#"{"type":"string"}"#, r#"{"type":"string","minLength":0}"#, &[]),
        (r#"{"type":"null"}"#, r#"{"type":["null","string"],"maxLength":1}"#, &[]),
    ]);
    let draft_4 =
        |limit: &str| format!(r#"{{"$schema":"http://json-schema.org/draft-04/schema#","type":"number",{limit}}}"#);
    let (open, closed) = (draft_4(r#""maximum":5"#), draft_4(r#""maximum":5,"exclusiveMaximum":true"#));
    assert_eq!(found(&open, &closed), ["EXCLUSIVE_MAXIMUM_DECREASED at #/exclusiveMaximum"]);
    assert_eq!(found(&closed, &open), [""; 0]);
}

#[test]
fn lists_of_values_may_grow() {
    check(&[
        (r#"{"enum":["a","b"]}"#, r#"{"enum":["c","b","a"]}"#, &[]),
        (r#"{"enum":["a","b"]}"#, r#"{"enum":["a"]}"#, &["ENUM_ARRAY_NARROWED at #/enum"]),
        (r#"{"enum":["a","b"]}"#, r#"{"enum":["a","c"]}"#, &["ENUM_ARRAY_CHANGED at #/enum"]),
        (r#"{"type":"string","enum":["a"]}"#, r#"{"type":"string"}"#, &[]),
        (r#"{"type":"string"}"#, r#"{"type":"string","enum":["a"]}"#, &["ENUM_ARRAY_NARROWED at #/enum"]),
        (r#"{"const":1}"#, r#"{"enum":[1.0,2]}"#, &[]),
        (r#"{"const":{"a":1,"b":2}}"#, r#"{"const":{"b":2,"a":1.0}}"#, &[]),
        (r#"{"const":1}"#, r#"{"const":2}"#, &["ENUM_ARRAY_CHANGED at #/const"]),
        (r#"{"enum":["a","b"]}"#, r#"{"type":"string"}"#, &[]),
        (r#"{"enum":["a",1]}"#, r#"{"type":"string"}"#, &["TYPE_NARROWED at #/"]),
    ]);
}

fn object(members: &str) -> String {
    format!(r#"{{"type":"object",{members}}}"#)
}

#[test]
fn properties_may_be_added_to_closed_objects() {
    let (a, ab) = (r#""a":{"type":"string"}"#, r#""a":{"type":"string"},"b":{"type":"string"}"#);
    let with = |properties: &str, rest: &str| object(&format!(r#""properties":{{{properties}}}{rest}"#));
    let closed = r#","additionalProperties":false"#;
    for (old, new, expected) in [
        (with(a, ""), with(ab, ""), &["OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL at #/properties/b"][..]),
        (
            with(a, ""),
            with(ab, r#","required":["b"]"#),
            &["REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL at #/properties/b"],
        ),
        (with(a, ""), with(r#""a":{"type":"string"},"b":{}"#, ""), &[]),
        (with(a, closed), with(ab, closed), &[]),
        (with(a, closed), with(ab, ""), &[]),
        (
            with(a, closed),
            with(ab, r#","additionalProperties":false,"required":["b"]"#),
            &["REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL at #/properties/b"],
        ),
        (
            with(a, closed),
            with(
                r#""a":{"type":"string"},"b":{"type":"string","default":"x"}"#,
                r#","additionalProperties":false,"required":["b"]"#,
            ),
            &[],
        ),
        (with(ab, ""), with(a, ""), &[]),
        (with(ab, closed), with(a, closed), &["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL at #/properties/b"]),
        (with(a, ""), with(a, closed), &["ADDITIONAL_PROPERTIES_REMOVED at #/additionalProperties"]),
        (with(a, closed), with(a, ""), &[]),
    ] {
        assert_eq!(found(&old, &new), expected, "{old} becomes {new}");
    }
}

#[test]
fn partly_open_objects_take_what_their_other_properties_take() {
    let with = |properties: &str, rest: &str| object(&format!(r#""properties":{{{properties}}},{rest}"#));
    let strings = r#""additionalProperties":{"type":"string"}"#;
    let x_strings = r#""patternProperties":{"^x":{"type":"string"}},"additionalProperties":false"#;
    let (b, number) = (r#""b":{"type":"string","maxLength":3}"#, r#""b":{"type":"number"}"#);
    let x = r#""xb":{"type":"string"}"#;
    for (old, new, expected) in [
        (with("", strings), with(r#""b":{"type":["string","null"]}"#, strings), &[][..]),
        (
            with("", strings),
            with(number, strings),
            &["PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at #/properties/b"],
        ),
        (with(b, strings), with("", strings), &[]),
        (
            with(number, strings),
            with("", strings),
            &["PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at #/properties/b"],
        ),
        (with("", x_strings), with(x, x_strings), &[]),
        (with(x, x_strings), with("", x_strings), &[]),
        (with("", x_strings), with(number, x_strings), &[]),
        (
            with(number, x_strings),
            with("", x_strings),
            &["PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at #/properties/b"],
        ),
        (
            with("", r#""additionalProperties":true"#),
            with("", strings),
            &["ADDITIONAL_PROPERTIES_NARROWED at #/additionalProperties"],
        ),
        (with("", strings), with("", r#""additionalProperties":true"#), &[]),
        (
            with("", strings),
            with("", r#""additionalProperties":{"type":"string","maxLength":1}"#),
            &["MAX_LENGTH_ADDED at #/additionalProperties/maxLength"],
        ),
    ] {
        assert_eq!(found(&old, &new), expected, "{old} becomes {new}");
    }
}

#[test]
fn less_may_be_required() {
    let with = |members: &str| object(&format!(r#""properties":{{"a":{{}},"b":{{"default":1}}}}{members}"#));
    for (wide, narrow, expected) in [
        ("", r#","required":["a"]"#, &["REQUIRED_ATTRIBUTE_ADDED at #/required/a"][..]),
        ("", r#","required":["b"]"#, &[]),
        ("", r#","required":["c"]"#, &["REQUIRED_ATTRIBUTE_ADDED at #/required/c"]),
        ("", r#","maxProperties":1"#, &["MAX_PROPERTIES_ADDED at #/maxProperties"]),
        ("", r#","minProperties":1"#, &["MIN_PROPERTIES_ADDED at #/minProperties"]),
        ("", r#","propertyNames":{"maxLength":1}"#, &["SCHEMA_ADDED at #/propertyNames"]),
        ("", r#","dependencies":{"a":["b"]}"#, &["DEPENDENCY_ARRAY_ADDED at #/dependencies/a"]),
        ("", r#","dependencies":{"a":{"maxProperties":1}}"#, &["DEPENDENCY_SCHEMA_ADDED at #/dependencies/a"]),
        (
            r#","dependentRequired":{"a":["b"]}"#,
            r#","dependencies":{"a":["b","c"]}"#,
            &["DEPENDENCY_ARRAY_EXTENDED at #/dependencies/a"],
        ),
    ] {
        assert_eq!(found(&with(wide), &with(narrow)), expected);
        assert_eq!(found(&with(narrow), &with(wide)), [""; 0]);
    }
}

#[test]
fn items_are_compared() {
    check(&[
        (r#"{"type":"array","items":{"type":"integer"}}"#, r#"{"type":"array","items":{"type":"number"}}"#, &[]),
        (
            r#"{"type":"array","items":{"type":"number"}}"#,
            r#"{"type":"array","items":{"type":"integer"}}"#,
            &["TYPE_NARROWED at #/items"],
        ),
        (r#"{"type":"array"}"#, r#"{"type":"array","items":{"type":"integer"}}"#, &["SCHEMA_ADDED at #/items"]),
        (r#"{"type":"array","items":{"type":"integer"}}"#, r#"{"type":"array"}"#, &[]),
        (
            r#"{"type":"array"}"#,
            r#"{"type":"array","maxItems":5,"uniqueItems":true}"#,
            &["MAX_ITEMS_ADDED at #/maxItems", "UNIQUE_ITEMS_ADDED at #/uniqueItems"],
        ),
        (r#"{"type":"array","maxItems":5,"uniqueItems":true}"#, r#"{"type":"array"}"#, &[]),
        (r#"{"type":"array"}"#, r#"{"type":"array","contains":{"type":"null"}}"#, &["SCHEMA_ADDED at #/contains"]),
    ]);
    let tuple = |places: &str, rest: &str| format!(r#"{{"type":"array","items":[{places}]{rest}}}"#);
    let closed = r#","additionalItems":false"#;
    let strings = r#","additionalItems":{"type":"string"}"#;
    let (one, two, other) =
        (r#"{"type":"string"}"#, r#"{"type":"string"},{"type":"string"}"#, r#"{"type":"string"},{"type":"null"}"#);
    for (old, new, expected) in [
        (tuple(one, ""), tuple(two, ""), &["ITEM_ADDED_TO_OPEN_CONTENT_MODEL at #/items/1"][..]),
        (tuple(one, closed), tuple(two, closed), &[]),
        (tuple(two, ""), tuple(one, ""), &[]),
        (tuple(two, closed), tuple(one, closed), &["ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL at #/items/1"]),
        (tuple(one, strings), tuple(two, strings), &[]),
        (
            tuple(one, strings),
            tuple(other, strings),
            &["ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at #/items/1"],
        ),
        (
            tuple(other, strings),
            tuple(one, strings),
            &["ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at #/items/1"],
        ),
        (tuple(one, ""), tuple(one, closed), &["ADDITIONAL_ITEMS_REMOVED at #/additionalItems"]),
        (tuple(one, ""), tuple(one, strings), &["ADDITIONAL_ITEMS_NARROWED at #/additionalItems"]),
        (tuple(two, ""), tuple(other, ""), &["TYPE_CHANGED at #/items/1"]),
    ] {
        assert_eq!(found(&old, &new), expected, "{old} becomes {new}");
    }
    let latest = |members: &str| {
        format!(r#"{{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"array",{members}}}"#)
    };
    let old = latest(r#""prefixItems":[{"type":"string"}],"items":false"#);
    let new = latest(r#""prefixItems":[{"type":"string"},{"type":"null"}],"items":false"#);
    assert_eq!(found(&old, &new), [""; 0]);
    assert_eq!(found(&new, &old), ["ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL at #/items/1"]);
    assert_eq!(found(&tuple(one, closed), &old), [""; 0], "drafts are compared by what they mean");
}

mod combinations;
