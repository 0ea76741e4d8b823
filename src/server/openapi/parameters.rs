//! What a query may say.

/// The query's parameters: name, shape and meaning.
pub(super) const PARAMETERS: &[(&str, &str, &str)] = &[
    (
        "subjectPrefix",
        "Text",
        "What subjects start with: `a` in the default context, `:.context:a` in another, `:*:a` in all.",
    ),
    ("contextPrefix", "Text", "What contexts start with, the dot included."),
    ("deleted", "Flag", "Whether what is soft-deleted counts too."),
    ("deletedOnly", "Flag", "Whether only what is soft-deleted counts."),
    ("deletedAsNegative", "Flag", "Whether soft-deleted versions are listed with a minus."),
    ("latestOnly", "Flag", "Whether only the latest version of each subject counts."),
    ("aliases", "Flag", "Whether subjects count whose aliases match."),
    ("ruleType", "Text", "The type that one of a schema's rules must have."),
    ("offset", "Number", "How many entries are left out at the beginning of the list."),
    ("limit", "Number", "How many entries the list has at most; all if it is not positive."),
    (
        "subject",
        "Text",
        "Where the id is meant: `:.context:`, `:.context:subject`, or a subject that holds it in any context.",
    ),
    ("format", "Text", "The form of the text: `resolved` is Avro with what it refers to written out."),
    ("referenceFormat", "Text", "`qualified` names the context of each reference."),
    ("fetchMaxId", "Flag", "Whether the highest id of the context is told."),
    ("findTags", "Texts", "Tags whose places in the schema are told; `*` is any."),
    ("normalize", "Flag", "Whether schemas that differ in the order of things alone are one."),
    ("force", "Flag", "Whether it is done against what speaks against it."),
    ("permanent", "Flag", "Whether what is soft-deleted goes for good."),
    ("verbose", "Flag", "Whether reasons are given."),
    ("defaultToGlobal", "Flag", "Whether the value that counts is told where none is set."),
    ("recursive", "Flag", "Whether the modes of a context's subjects are cleared too."),
    ("key", "Texts", "Names of properties."),
    ("value", "Texts", "The values of the properties, in the order of their names."),
];
