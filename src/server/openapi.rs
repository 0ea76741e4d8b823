//! The [OpenAPI](https://spec.openapis.org/oas/v3.1.1) description of the API, as `/openapi.json` serves it.
//!
//! Made from one table of [operations](operations::OPERATIONS) and the [shapes](shapes) that go in and out. It is exact: a
//! request that it allows is answered as it says, and one that it does not allow is refused, which a test has tried on
//! thousands of requests.

mod operations;
mod parameters;
mod shapes;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::media;
use operations::{Answer, OPERATIONS, Operation};
use parameters::PARAMETERS;

/// The description as JSON.
pub(super) static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// What any operation may answer beside its success.
const ERRORS: [u16; 4] = [400, 404, 406, 408];

/// What operations with a body may answer too.
const BODY_ERRORS: [u16; 2] = [415, 422];

fn document() -> Value {
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Schema Registry",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Schemas under subjects, in contexts with ids of their own. Wherever a subject is taken, \
                `:.context:subject` names one of another context than the default one.",
        },
        "servers": [
            {"url": "/", "description": "Every context, by qualified subjects."},
            {
                "url": "/contexts/{context}",
                "description": "One context, whose unqualified subjects are meant.",
                "variables": {"context": {"default": "."}},
            },
        ],
        "paths": paths(),
        "components": {
            "parameters": parameters(),
            "responses": {"Error": {
                "description": "It is refused, or has failed.",
                "content": content("Error"),
            }},
            "schemas": shapes::shapes(),
        },
    })
}

fn paths() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let methods = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(operation.method.to_owned(), described(operation));
        }
    }
    Value::Object(paths)
}

fn described(operation: &Operation) -> Value {
    let mut parameters: Vec<Value> = segments(operation.path).map(segment).collect();
    parameters.extend(operation.query.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})));
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses(operation),
    });
    if let (Some(body), Some(members)) = (operation.body, described.as_object_mut()) {
        members.insert("requestBody".to_owned(), json!({"required": true, "content": content(body)}));
    }
    described
}

/// The names of the variable parts of a path.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn segment(name: &str) -> Value {
    let shape = match name {
        "id" => "Id",
        "guid" => "Guid",
        "version" => "VersionSelector",
        "context" => "ContextName",
        _ => "Subject",
    };
    json!({"name": name, "in": "path", "required": true, "schema": shapes::reference(shape)})
}

fn responses(operation: &Operation) -> Value {
    let success = match operation.answer {
        Answer::Shape(shape) => json!({"description": "Done.", "content": content(shape)}),
        Answer::Text => {
            let content: Map<String, Value> =
                media::ANSWERED.map(|(name, _)| (name.to_owned(), json!({}))).into_iter().collect();
            json!({"description": "The text of the schema.", "content": content})
        }
        Answer::Nothing(_) => json!({"description": "Done."}),
    };
    let mut responses = Map::from_iter([(operation.answer.status().to_owned(), success)]);
    let of_body = BODY_ERRORS.iter().filter(|_| operation.body.is_some());
    for status in ERRORS.iter().chain(of_body).chain(operation.errors) {
        responses.insert(status.to_string(), json!({"$ref": "#/components/responses/Error"}));
    }
    Value::Object(responses)
}

/// A shape in each of the media types that answers come in, and requests too.
fn content(shape: &str) -> Value {
    media::ANSWERED
        .iter()
        .map(|(name, _)| ((*name).to_owned(), json!({"schema": shapes::reference(shape)})))
        .collect::<Map<_, _>>()
        .into()
}

fn parameters() -> Value {
    let parameter = |(name, shape, description): &(&str, &str, &str)| {
        let described =
            json!({"name": name, "in": "query", "description": description, "schema": shapes::reference(shape)});
        ((*name).to_owned(), described)
    };
    PARAMETERS.iter().map(parameter).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The paths of the router, each with the names of its methods.
    const ROUTES: &str = include_str!("routes.rs");

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let routed: BTreeSet<&str> =
            ROUTES.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let described: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.path).collect();
        assert_eq!(described, routed);
    }

    #[test]
    fn names_are_used_once_and_references_lead_somewhere() {
        let document = document();
        let names: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
        assert_eq!(names.len(), OPERATIONS.len());
        let mut values = vec![&document];
        let mut followed = 0;
        while let Some(value) = values.pop() {
            match value {
                Value::Array(items) => values.extend(items),
                Value::Object(members) => {
                    if let Some(reference) = members.get("$ref") {
                        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
                        followed += 1;
                    }
                    values.extend(members.values());
                }
                _ => {}
            }
        }
        assert!(followed > 200, "only {followed} references");
    }
}
