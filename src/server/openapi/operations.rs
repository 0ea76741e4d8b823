//! What can be asked: method and path, parameters, body and answer.

/// What a success looks like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// JSON of a shape.
    Shape(&'static str),
    /// The text of a schema.
    Text,
    /// No body, with this status.
    Nothing(&'static str),
}

impl Answer {
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Shape(_) | Self::Text => "200",
            Self::Nothing(status) => status,
        }
    }
}

/// One method of one path.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// Names of [parameters](super::parameters::PARAMETERS).
    pub(super) query: &'static [&'static str],
    /// The shape of the body.
    pub(super) body: Option<&'static str>,
    pub(super) answer: Answer,
    /// Statuses beside those that any operation may answer.
    pub(super) errors: &'static [u16],
}

impl Operation {
    const fn get(path: &'static str, name: &'static str, summary: &'static str, answer: Answer) -> Self {
        Self { method: "get", path, name, summary, query: &[], body: None, answer, errors: &[] }
    }

    const fn delete(path: &'static str, name: &'static str, summary: &'static str, answer: Answer) -> Self {
        Self { method: "delete", errors: &[422, 500], ..Self::get(path, name, summary, answer) }
    }

    const fn post(path: &'static str, name: &'static str, summary: &'static str, shape: &'static str) -> Self {
        Self { method: "post", body: Some("Submission"), ..Self::get(path, name, summary, Answer::Shape(shape)) }
    }

    const fn put(path: &'static str, name: &'static str, summary: &'static str, shape: &'static str) -> Self {
        let get = Self::get(path, name, summary, Answer::Shape(shape));
        Self { method: "put", body: Some(shape), errors: &[500], ..get }
    }

    const fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    const fn errors(self, errors: &'static [u16]) -> Self {
        Self { errors, ..self }
    }

    /// For subjects in the path, which may have names that none can have.
    const fn named(self) -> Self {
        self.errors(&[422])
    }
}

const BY_ID: &[&str] = &["subject", "format"];

const OF_ID: &[&str] = &["subject", "deleted", "offset", "limit"];

/// Every operation.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get(
        "/subjects",
        "listSubjects",
        "The subjects, of all contexts unless a prefix says which.",
        Answer::Shape("Texts"),
    )
    .query(&["subjectPrefix", "deleted", "deletedOnly", "offset", "limit"]),
    Operation::post(
        "/subjects/{subject}",
        "lookUpSchema",
        "The version of a subject that holds a schema.",
        "SubjectVersion",
    )
    .query(&["normalize", "deleted", "format"]),
    Operation::delete(
        "/subjects/{subject}",
        "deleteSubject",
        "Deletes all versions of a subject.",
        Answer::Shape("Versions"),
    )
    .query(&["permanent"]),
    Operation::get(
        "/subjects/{subject}/metadata",
        "getByMetadata",
        "The latest version with these properties.",
        Answer::Shape("SubjectVersion"),
    )
    .query(&["key", "value", "deleted"])
    .named(),
    Operation::get(
        "/subjects/{subject}/versions",
        "listVersions",
        "The versions of a subject.",
        Answer::Shape("Versions"),
    )
    .query(&["deleted", "deletedOnly", "deletedAsNegative", "offset", "limit"])
    .named(),
    Operation::post(
        "/subjects/{subject}/versions",
        "register",
        "Registers a schema as a version of a subject.",
        "Registered",
    )
    .query(&["normalize", "format", "force"])
    .errors(&[409, 500]),
    Operation::get(
        "/subjects/{subject}/versions/{version}",
        "getVersion",
        "A version.",
        Answer::Shape("SubjectVersion"),
    )
    .query(&["deleted", "format", "referenceFormat"])
    .named(),
    Operation::delete(
        "/subjects/{subject}/versions/{version}",
        "deleteVersion",
        "Deletes a version.",
        Answer::Shape("Version"),
    )
    .query(&["permanent"]),
    Operation::get(
        "/subjects/{subject}/versions/{version}/schema",
        "getVersionText",
        "The text of a version.",
        Answer::Text,
    )
    .query(&["deleted", "format"])
    .named(),
    Operation::get(
        "/subjects/{subject}/versions/{version}/referencedby",
        "listReferrers",
        "The ids of the schemas that refer to a version.",
        Answer::Shape("Ids"),
    )
    .query(&["deleted", "offset", "limit"])
    .named(),
    Operation {
        body: Some("TagUpdate"),
        ..Operation::post(
            "/subjects/{subject}/versions/{version}/tags",
            "updateTags",
            "Registers a version with other tags, metadata and rules than one that is there.",
            "Registered",
        )
        .errors(&[409, 500])
    },
    Operation::get(
        "/schemas",
        "listSchemas",
        "Versions of subjects, of the default context unless a prefix says which; 1,000 at most.",
        Answer::Shape("SubjectVersions"),
    )
    .query(&["subjectPrefix", "deleted", "latestOnly", "aliases", "ruleType", "offset", "limit"]),
    Operation::get("/schemas/types", "listTypes", "The languages of schemas.", Answer::Shape("SchemaTypes")),
    Operation::get("/schemas/ids/{id}", "getById", "The schema with an id.", Answer::Shape("IdSchema")).query(&[
        "subject",
        "format",
        "referenceFormat",
        "fetchMaxId",
        "findTags",
    ]),
    Operation::get("/schemas/ids/{id}/schema", "getTextById", "The text of the schema with an id.", Answer::Text)
        .query(BY_ID),
    Operation::get(
        "/schemas/ids/{id}/subjects",
        "listSubjectsById",
        "The subjects that hold an id.",
        Answer::Shape("Texts"),
    )
    .query(OF_ID),
    Operation::get(
        "/schemas/ids/{id}/versions",
        "listVersionsById",
        "The versions that hold an id.",
        Answer::Shape("Holders"),
    )
    .query(OF_ID),
    Operation::get("/schemas/guids/{guid}", "getByGuid", "The schema with a GUID.", Answer::Shape("Schema"))
        .query(&["format"]),
    Operation::get(
        "/schemas/guids/{guid}/ids",
        "listIdsByGuid",
        "The ids that a GUID has in contexts.",
        Answer::Shape("ContextIds"),
    ),
    Operation::post(
        "/compatibility/subjects/{subject}/versions",
        "testAll",
        "Whether a schema could be the next version of a subject.",
        "Verdict",
    )
    .query(&["verbose", "normalize"]),
    Operation::post(
        "/compatibility/subjects/{subject}/versions/{version}",
        "testOne",
        "Whether a schema gets along with a version.",
        "Verdict",
    )
    .query(&["verbose", "normalize"]),
    Operation::get("/contexts", "listContexts", "The contexts.", Answer::Shape("Texts")).query(&[
        "contextPrefix",
        "offset",
        "limit",
    ]),
    Operation::delete(
        "/contexts/{context}",
        "deleteContext",
        "Takes an empty context off the list.",
        Answer::Nothing("204"),
    ),
    Operation::get("/config", "getDefaultConfig", "The config of the default context.", Answer::Shape("Config"))
        .query(&["defaultToGlobal"]),
    Operation::put("/config", "updateDefaultConfig", "Sets members of the default context's config.", "ConfigUpdate"),
    Operation::delete(
        "/config",
        "clearDefaultConfig",
        "Clears the config of the default context.",
        Answer::Shape("Config"),
    ),
    Operation::get(
        "/config/{subject}",
        "getConfig",
        "The config of a subject, or with `:.context:` of a context.",
        Answer::Shape("Config"),
    )
    .query(&["defaultToGlobal"])
    .named(),
    Operation::put(
        "/config/{subject}",
        "updateConfig",
        "Sets members of the config of a subject or a context.",
        "ConfigUpdate",
    ),
    Operation::delete(
        "/config/{subject}",
        "clearConfig",
        "Clears the config of a subject or a context.",
        Answer::Shape("Config"),
    ),
    Operation::get("/mode", "getDefaultMode", "The mode of the default context.", Answer::Shape("Mode"))
        .query(&["defaultToGlobal"]),
    Operation::put("/mode", "setDefaultMode", "Sets the mode of the default context; null clears it.", "ModeUpdate")
        .query(&["force"]),
    Operation::delete("/mode", "clearDefaultMode", "Clears the mode of the default context.", Answer::Shape("Mode"))
        .query(&["recursive"]),
    Operation::get(
        "/mode/{subject}",
        "getMode",
        "The mode of a subject, or with `:.context:` of a context.",
        Answer::Shape("Mode"),
    )
    .query(&["defaultToGlobal"])
    .named(),
    Operation::put(
        "/mode/{subject}",
        "setMode",
        "Sets the mode of a subject or a context; null clears it.",
        "ModeUpdate",
    )
    .query(&["force"]),
    Operation::delete(
        "/mode/{subject}",
        "clearMode",
        "Clears the mode of a subject or a context.",
        Answer::Shape("Mode"),
    )
    .query(&["recursive"]),
    Operation::get("/status/ready", "getReadiness", "Answers as soon as anything is answered.", Answer::Nothing("200")),
    Operation::get("/openapi.json", "getDescription", "This description.", Answer::Shape("Description")),
    Operation::get("/v1/metadata/id", "getIdentity", "Which registry this is.", Answer::Shape("Identity")),
    Operation::get(
        "/v1/metadata/version",
        "getRelease",
        "Which version of the program this is.",
        Answer::Shape("Release"),
    ),
    Operation::get(
        "/v1/metadata/deployment",
        "getDeployment",
        "What kind of registry this is.",
        Answer::Shape("Deployment"),
    ),
];
