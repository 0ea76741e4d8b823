use super::*;
use std::time::{Duration, Instant};

/// The kinds and paths of what keeps the first file from being read with the second.
fn faults(writer: &str, reader: &str) -> Vec<(Kind, String)> {
    faults_with(writer, &[], reader, &[])
}

fn faults_with(writer: &str, imports: &[(&str, &str)], reader: &str, others: &[(&str, &str)]) -> Vec<(Kind, String)> {
    let parse = |text: &str, imports: &[(&str, &str)]| ProtobufSchema::parse(text, imports).unwrap();
    let found = incompatibilities(&parse(reader, others), &parse(writer, imports));
    found.into_iter().map(|one| (one.kind, one.path)).collect()
}

/// The same, of two versions of one message with these fields.
fn of_fields(writer: &str, reader: &str) -> Vec<(Kind, String)> {
    let file = |fields: &str| {
        format!("syntax = \"proto3\"; message Z {{}} enum E {{ A = 0; }} message M {{ {fields} message N {{}} }}")
    };
    faults(&file(writer), &file(reader))
}

fn at(kind: Kind, path: &str) -> Vec<(Kind, String)> {
    vec![(kind, path.to_owned())]
}

#[test]
fn fields_come_and_go() {
    assert_eq!(of_fields("", "int32 a = 1;"), []);
    assert_eq!(of_fields("int32 a = 1;", ""), []);
    assert_eq!(of_fields("int32 a = 1;", "int32 b = 1;"), [], "a field is its number");
    assert_eq!(of_fields("string a = 1;", "string a = 2;"), [], "one goes, one comes");
    let required = |fields: &str| format!("syntax = \"proto2\"; message M {{ optional int32 a = 1; {fields} }}");
    let two = required("required int32 b = 2;");
    assert_eq!(faults(&required(""), &two), at(Kind::RequiredFieldAdded, "#/M/2"));
    assert_eq!(faults(&two, &required("")), at(Kind::RequiredFieldRemoved, "#/M/2"));
    assert_eq!(faults(&required("optional int32 b = 2;"), &two), at(Kind::RequiredFieldAdded, "#/M/2"));
    assert_eq!(faults(&two, &required("optional int32 b = 2;")), []);
}

#[test]
fn scalars_keep_their_encoding() {
    let alike: [&[&str]; 7] = [
        &["int32", "int64", "uint32", "uint64", "bool", "E"],
        &["sint32", "sint64"],
        &["fixed32", "sfixed32"],
        &["fixed64", "sfixed64"],
        &["float"],
        &["double"],
        &["string", "bytes"],
    ];
    for (index, group) in alike.iter().enumerate() {
        for writer in *group {
            for (other, others) in alike.iter().enumerate() {
                for reader in *others {
                    let found = of_fields(&format!("{writer} a = 7;"), &format!("{reader} a = 7;"));
                    let expected = if index == other { vec![] } else { at(Kind::FieldScalarKind, "#/M/7") };
                    assert_eq!(found, expected, "{writer} read as {reader}");
                }
            }
        }
    }
}

#[test]
fn other_kinds_do_not_go_together() {
    let kind = at(Kind::FieldKind, "#/M/1");
    assert_eq!(of_fields("int32 a = 1;", "Z a = 1;"), kind);
    assert_eq!(of_fields("Z a = 1;", "string a = 1;"), kind);
    assert_eq!(of_fields("map<string, int32> a = 1;", "int32 a = 1;"), kind);
    assert_eq!(of_fields("map<string, Z> a = 1;", "repeated Z a = 1;"), kind);
    assert_eq!(of_fields("Z a = 1;", "N a = 1;"), at(Kind::FieldNamedType, "#/M/1"));
    assert_eq!(of_fields("map<string, Z> a = 1;", "map<string, N> a = 1;"), at(Kind::FieldNamedType, "#/M/1"));
    let scalar = at(Kind::FieldScalarKind, "#/M/1");
    assert_eq!(of_fields("map<string, int32> a = 1;", "map<string, string> a = 1;"), scalar);
    assert_eq!(of_fields("map<string, int32> a = 1;", "map<int32, int32> a = 1;"), scalar);
    assert_eq!(of_fields("map<int32, E> a = 1;", "map<bool, int64> a = 1;"), []);
    assert_eq!(of_fields("N a = 1;", "M.N a = 1;"), [], "two ways to write a name");
}

#[test]
fn lists_of_numbers_are_packed() {
    let label = at(Kind::FieldNumericLabel, "#/M/1");
    for ty in ["int32", "double", "E", "bool"] {
        assert_eq!(of_fields(&format!("{ty} a = 1;"), &format!("repeated {ty} a = 1;")), label);
        assert_eq!(of_fields(&format!("repeated {ty} a = 1;"), &format!("optional {ty} a = 1;")), label);
    }
    for ty in ["string", "bytes", "Z"] {
        assert_eq!(of_fields(&format!("{ty} a = 1;"), &format!("repeated {ty} a = 1;")), []);
    }
}

#[test]
fn choices_may_grow_and_take_in_one_field() {
    let pair = "oneof o { int32 a = 1; int32 b = 2; }";
    assert_eq!(of_fields(pair, "oneof o { int32 a = 1; int32 b = 2; int32 c = 3; }"), []);
    assert_eq!(of_fields("int32 a = 1;", "oneof o { int32 a = 1; int32 c = 3; }"), []);
    assert_eq!(of_fields("optional int32 a = 1;", "oneof o { int32 a = 1; }"), []);
    assert_eq!(of_fields("int32 a = 1; int32 b = 2;", pair), at(Kind::FieldsMovedToOneof, "#/M/o"));
    assert_eq!(of_fields("oneof o { int32 a = 1; } int32 b = 2;", pair), at(Kind::FieldMovedToExistingOneof, "#/M/o"));
    assert_eq!(
        of_fields("oneof p { int32 a = 1; } oneof q { int32 b = 2; }", pair),
        at(Kind::FieldMovedToExistingOneof, "#/M/o")
    );
    assert_eq!(of_fields(pair, "int32 a = 1; int32 b = 2;"), [], "they no longer exclude each other");
    assert_eq!(of_fields(pair, "oneof other { int32 a = 1; int32 b = 2; }"), []);
    assert_eq!(of_fields(pair, "oneof o { int32 a = 1; }"), at(Kind::OneofFieldRemoved, "#/M/o/2"));
    assert_eq!(of_fields(pair, "int32 a = 1;"), at(Kind::OneofFieldRemoved, "#/M/o/2"));
    assert_eq!(of_fields(pair, ""), [], "the whole choice has gone");
    assert_eq!(of_fields(pair, "oneof o { int32 a = 1; string b = 2; }"), at(Kind::FieldScalarKind, "#/M/o/2"));
}

#[test]
fn messages_may_come_but_not_go() {
    let file = |messages: &str| format!("syntax = \"proto3\"; package p; {messages}");
    let (one, two) = (file("message A { message B {} }"), file("message C {} message A { message B {} message D {} }"));
    assert_eq!(faults(&one, &two), [], "nor does their order matter");
    let gone = [(Kind::MessageRemoved, "#/C".to_owned()), (Kind::MessageRemoved, "#/A/D".to_owned())];
    assert_eq!(faults(&two, &one), gone);
    let enums = file("enum E { A = 0; B = 1; }");
    assert_eq!(faults(&enums, &file("enum E { A = 0; C = 1; }")), []);
    assert_eq!(faults(&enums, &file("")), []);
    assert_eq!(faults(&one, &one.replace("package p", "package q")), [], "a package is another name");
    let group = "syntax = \"proto2\"; message M { optional group G = 1 { optional int32 a = 1; } }";
    assert_eq!(faults(group, "syntax = \"proto2\"; message M {}"), [], "a group goes with its field");
    assert_eq!(faults(group, &group.replace("int32", "string")), {
        let mut both = at(Kind::FieldScalarKind, "#/M/G/1");
        both.insert(0, (Kind::FieldNamedType, "#/M/1".to_owned()));
        both
    });
}

#[test]
fn imported_messages_are_looked_into() {
    let leaf = |package: &str, ty: &str| {
        format!(
            "syntax = \"proto3\"; package {package}; message Leaf {{ {ty} a = 1; In i = 2; message In {{ Leaf l = 1; }} }}"
        )
    };
    let root = |file: &str, ty: &str| format!("syntax = \"proto3\"; import \"{file}\"; message M {{ {ty} leaf = 1; }}");
    let faults = |writer: &str, reader: &str| {
        let (old, new) = (root("old.proto", "a.Leaf"), root("new.proto", "b.Leaf"));
        faults_with(&old, &[("old.proto", &leaf("a", writer))], &new, &[("new.proto", &leaf("b", reader))])
    };
    assert_eq!(faults("int32", "int64"), []);
    assert_eq!(
        faults("int32", "string"),
        [
            (Kind::FieldNamedType, "#/M/1".to_owned()),
            (Kind::FieldScalarKind, "#/Leaf/1".to_owned()),
            (Kind::FieldNamedType, "#/Leaf/2".to_owned()),
            (Kind::FieldNamedType, "#/Leaf/In/1".to_owned()),
        ]
    );
    // A message that moves to another file.
    let own = "syntax = \"proto3\"; message M { Leaf leaf = 1; } message Leaf { int32 a = 1; }";
    let import = [("new.proto", &*leaf("b", "int32"))];
    assert_eq!(faults_with(own, &[], &root("new.proto", "b.Leaf"), &import), at(Kind::MessageRemoved, "#/Leaf"));
    assert_eq!(faults_with(&root("new.proto", "b.Leaf"), &import, own, &[]), []);
}

#[test]
fn messages_name_the_path_both_sides_and_the_reason() {
    let file = |ty: &str| {
        ProtobufSchema::parse::<&str, &str>(&format!("syntax = \"proto3\"; message Car {{ {ty} = 2; }}"), &[])
    };
    let (old, new) = (file("repeated int32 seats").unwrap(), file("string model").unwrap());
    let message = |reader, writer, direction| incompatibilities(reader, writer)[0].message(direction);
    assert_eq!(
        message(&new, &old, Direction::Backward),
        "{errorType:\"FIELD_SCALAR_KIND_CHANGED\", description:\"the bytes of '#/Car/2' mean something else in the new schema than in the old schema\", additionalInfo:\"reader: string model, writer: repeated int32 seats\"}"
    );
    assert_eq!(
        message(&old, &new, Direction::Forward),
        "{errorType:\"FIELD_SCALAR_KIND_CHANGED\", description:\"the bytes of '#/Car/2' mean something else in the old schema than in the new schema\", additionalInfo:\"reader: repeated int32 seats, writer: string model\"}"
    );
}

#[test]
fn large_files_are_compared_in_bounded_time() {
    let many = |ty: &str, count: usize| {
        let field =
            |number: usize| format!("{ty} f{number} = {};", if number < 19_000 { number } else { number + 1000 });
        let fields: String = (1..=count).map(field).collect();
        ProtobufSchema::parse::<&str, &str>(&format!("syntax = \"proto3\"; message M {{ {fields} }}"), &[]).unwrap()
    };
    let (old, new) = (many("int32", 20_000), many("string", 20_000));
    let start = Instant::now();
    assert_eq!(incompatibilities(&new, &old).len(), 1_000, "the first faults are enough");
    assert_eq!(incompatibilities(&old, &old), []);
    assert!(start.elapsed() < Duration::from_mins(2), "{:?}", start.elapsed());
}
