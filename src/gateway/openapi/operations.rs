//! What can be asked: method and path, parameters, bodies and answers.

/// A media type, and the [shape](super::shapes::shapes) of what comes in it.
pub(super) type Shape = (&'static str, &'static str);

/// One method of one path.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// Keys of [parameters](super::parameters::PARAMETERS) beside the topic in the path.
    pub(super) parameters: &'static [&'static str],
    /// The forms of the body.
    pub(super) bodies: &'static [Shape],
    /// Successes: status, what it means, and the forms of the answer.
    pub(super) answers: &'static [(&'static str, &'static str, &'static [Shape])],
    /// Statuses of problems.
    pub(super) problems: &'static [u16],
}

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

/// How records are sent.
const RECORDS: &[Shape] = &[
    (JSON, "Value"),
    (LINES, "Lines"),
    ("application/vnd.kafka.json.v2+json", "Batch"),
    ("application/vnd.kafka.avro.v2+json", "Batch"),
    ("application/vnd.kafka.jsonschema.v2+json", "Batch"),
    ("application/vnd.kafka.protobuf.v2+json", "Batch"),
    ("application/vnd.kafka.binary.v2+json", "Batch"),
];

/// What is said of them.
const WRITTEN: &[(&str, &str, &[Shape])] = &[
    (
        "200",
        "It is written; of a stream or batch, what became of each record.",
        &[(JSON, "Written"), (LINES, "Lines"), ("application/vnd.kafka.v2+json", "Batched")],
    ),
    ("202", "It is taken, and on its way.", &[(JSON, "Written")]),
];

const OF_WRITING: &[u16] = &[400, 401, 403, 404, 408, 413, 415, 422, 429, 503];
const OF_READING: &[u16] = &[400, 401, 403, 404, 409, 410, 416, 429, 503];
const DONE: &[(&str, &str, &[Shape])] = &[("204", "Done.", &[])];

/// Every operation.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/topics/{topic}",
        name: "produce",
        summary: "Write the body to a topic: one record, a stream, or a batch.",
        parameters: &[],
        bodies: RECORDS,
        answers: WRITTEN,
        problems: OF_WRITING,
    },
    Operation {
        method: "post",
        path: "/topics",
        name: "produceToNamed",
        summary: "The same with the topic in the query or a header.",
        parameters: &["topic", "x_topic"],
        bodies: RECORDS,
        answers: WRITTEN,
        problems: OF_WRITING,
    },
    Operation {
        method: "get",
        path: "/topics/{topic}/records",
        name: "poll",
        summary: "Read the next records.",
        parameters: &["group", "max", "wait", "from", "commit", "last_event_id"],
        bodies: &[],
        answers: &[("200", "The records, none if none came in time.", &[(JSON, "Records")])],
        problems: OF_READING,
    },
    Operation {
        method: "delete",
        path: "/topics/{topic}/records",
        name: "leave",
        summary: "End the session that polls began: it leaves its group.",
        parameters: &["required_group"],
        bodies: &[],
        answers: DONE,
        problems: OF_READING,
    },
    Operation {
        method: "post",
        path: "/topics/{topic}/records/ack",
        name: "acknowledge",
        summary: "Commit what was handled of what polls gave.",
        parameters: &["required_group"],
        bodies: &[(JSON, "Acknowledged")],
        answers: DONE,
        problems: &[400, 401, 403, 404, 408, 409, 413, 429, 503],
    },
    Operation {
        method: "get",
        path: "/topics/{topic}/stream",
        name: "stream",
        summary: "Read records as Server-Sent Events, whose ids are PARTITION:OFFSET.",
        parameters: &["group", "from", "last_event_id"],
        bodies: &[],
        answers: &[("200", "Events without end.", &[("text/event-stream", "Lines")])],
        problems: OF_READING,
    },
    Operation {
        method: "get",
        path: "/topics/{topic}/ws",
        name: "socket",
        summary: "Read records over a WebSocket, and acknowledge them there.",
        parameters: &["group", "from", "window"],
        bodies: &[],
        answers: &[("101", "Messages without end.", &[])],
        problems: &[400, 401, 403, 404, 405, 409, 410, 416, 426, 429, 503],
    },
    Operation {
        method: "get",
        path: "/openapi.json",
        name: "describe",
        summary: "This description.",
        parameters: &[],
        bodies: &[],
        answers: &[("200", "The description.", &[(JSON, "Description")])],
        problems: &[401, 403],
    },
];
