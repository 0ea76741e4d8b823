//! What stands in paths, queries and headers.

use serde_json::{Value, json};

/// A parameter of requests.
#[derive(Debug)]
pub(super) struct Parameter {
    /// What the description calls it.
    pub(super) key: &'static str,
    name: &'static str,
    place: &'static str,
    is_required: bool,
    description: &'static str,
    shape: Shape,
}

/// What a parameter looks like.
#[derive(Debug)]
enum Shape {
    /// Text that matches a pattern.
    Text(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A number from 1 up.
    Number,
}

impl Parameter {
    const fn query(name: &'static str, description: &'static str, shape: Shape) -> Self {
        Self { key: name, name, place: "query", is_required: false, description, shape }
    }

    const fn header(key: &'static str, name: &'static str, description: &'static str, shape: Shape) -> Self {
        Self { key, name, place: "header", ..Self::query(name, description, shape) }
    }

    const fn required(self, key: &'static str) -> Self {
        Self { key, is_required: true, ..self }
    }

    const fn in_path(self) -> Self {
        Self { place: "path", ..self }
    }

    pub(super) fn described(&self) -> Value {
        let shape = match self.shape {
            Shape::Text(pattern) => json!({"type": "string", "pattern": pattern}),
            Shape::Word(words) => json!({"type": "string", "enum": words}),
            Shape::Number => json!({"type": "integer", "minimum": 1, "maximum": u64::MAX}),
        };
        let Self { name, place, is_required, description, .. } = self;
        json!({"name": name, "in": place, "required": is_required, "description": description, "schema": shape})
    }
}

/// A topic's name, by Kafka's rule.
const TOPIC: Shape = Shape::Text("^[a-zA-Z0-9._-]{1,249}$");

/// A group's name has no control characters.
const GROUP: Parameter = Parameter::query(
    "group",
    "The consumer group that remembers what was handled; without one nothing is remembered.",
    Shape::Text(r"^[^\u0000-\u001f\u007f-\u009f]{1,62}$"),
);

/// Every parameter.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::query("topic", "The topic.", TOPIC).in_path().required("path_topic"),
    Parameter::query("topic", "The topic.", TOPIC),
    Parameter::header("x_topic", "x-topic", "The topic, if the query does not name it.", TOPIC),
    GROUP,
    GROUP.required("required_group"),
    Parameter::query("max", "So many records at most; 100 unless said.", Shape::Number),
    Parameter::query(
        "wait",
        "How long to wait for them, such as 500ms; 1s unless said.",
        Shape::Text("^[0-9]{1,9} *(us|ms|s|m|h)$"),
    ),
    Parameter::query(
        "from",
        "Where to begin: earliest, latest, offset:PARTITION:OFFSET (more behind commas) or timestamp:MILLISECONDS. With a group \
         only the first two, for what it has committed nothing of.",
        Shape::Text(
            "^(earliest|latest|timestamp:[0-9]{1,15}|offset:[0-9]{1,5}:[0-9]{1,15}(,[0-9]{1,5}:[0-9]{1,15})*)$",
        ),
    ),
    Parameter::query(
        "commit",
        "Whether the next poll says that the records of this one are handled, or acknowledgements do.",
        Shape::Word(&["auto", "explicit"]),
    ),
    Parameter::query("window", "Records that may be unacknowledged; 100 unless said.", Shape::Number),
    Parameter::header(
        "last_event_id",
        "last-event-id",
        "The last record that was seen of each partition: PARTITION:OFFSET, more behind commas.",
        Shape::Text("^([0-9]{1,5}:[0-9]{1,15}(, *[0-9]{1,5}:[0-9]{1,15})*)?$"),
    ),
];
