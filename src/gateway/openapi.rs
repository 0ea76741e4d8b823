//! The [OpenAPI](https://spec.openapis.org/oas/v3.1.1) description of the gateway, as `/openapi.json` serves it.
//!
//! Made from one table of [operations](operations::OPERATIONS), [parameters] and the [shapes] that go in and out. A test has
//! tried it on hundreds of requests: one that it allows is answered as it says, and one that it does not allow is refused.

mod operations;
mod parameters;
mod shapes;

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use serde_json::{Map, Value, json};

use operations::{OPERATIONS, Operation, Shape};
use parameters::PARAMETERS;
use shapes::reference;

/// The description as JSON.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// The path under which it is served.
pub(super) fn router() -> Router {
    Router::new().route("/openapi.json", get(async || ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str())))
}

fn document() -> Value {
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "serdecar gateway",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Topics over HTTP: records are validated by their schemas, serialized and produced, or consumed, \
                deserialized and returned.",
        },
        // As the config says; without a scheme where it asks for none.
        "security": [{}, {"basic": []}, {"bearer": []}, {"mtls": []}],
        "paths": paths(),
        "components": {
            "parameters": parameters(),
            "responses": {"Problem": {
                "description": "It is refused.",
                "content": {"application/problem+json": {"schema": reference("Problem")}},
            }},
            "schemas": shapes::shapes(),
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "mtls": {"type": "mutualTLS"},
            },
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
    let names = operation
        .path
        .contains("{topic}")
        .then_some("path_topic")
        .into_iter()
        .chain(operation.parameters.iter().copied());
    let parameters: Vec<Value> = names.map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect();
    let mut responses = Map::new();
    for (status, description, shapes) in operation.answers {
        let mut answer = json!({"description": description});
        if !shapes.is_empty() {
            answer["content"] = content(shapes);
        }
        responses.insert((*status).to_owned(), answer);
    }
    for status in operation.problems {
        responses.insert(status.to_string(), json!({"$ref": "#/components/responses/Problem"}));
    }
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if !operation.bodies.is_empty() {
        described["requestBody"] = json!({"required": true, "content": content(operation.bodies)});
    }
    described
}

fn content(shapes: &[Shape]) -> Value {
    shapes
        .iter()
        .map(|(media, shape)| ((*media).to_owned(), json!({"schema": reference(shape)})))
        .collect::<Map<_, _>>()
        .into()
}

fn parameters() -> Value {
    PARAMETERS.iter().map(|parameter| (parameter.key.to_owned(), parameter.described())).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Where the router's paths are.
    const ROUTERS: [&str; 3] = [include_str!("produce.rs"), include_str!("consume.rs"), include_str!("openapi.rs")];

    /// Each path of the router with each of its methods.
    fn routed() -> BTreeSet<(String, &'static str)> {
        let lines = ROUTERS.into_iter().flat_map(str::lines).filter_map(|line| line.split_once(".route(\"/"));
        let paths = lines.filter_map(|(_, rest)| rest.split_once('"'));
        paths
            .flat_map(|(path, handlers)| {
                let has = |method: &&str| {
                    handlers.contains(&format!(" {method}(")) || handlers.contains(&format!(".{method}("))
                };
                ["get", "post", "put", "delete"].into_iter().filter(has).map(move |method| (format!("/{path}"), method))
            })
            .collect()
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let described: BTreeSet<_> = OPERATIONS.iter().map(|of| (of.path.to_owned(), of.method)).collect();
        assert_eq!(described, routed());
    }

    /// Every reference in a description.
    fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn references_lead_somewhere_and_nothing_is_left_over() {
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in &found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
        }
        for kind in ["parameters", "schemas"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                assert!(found.contains(&format!("#/components/{kind}/{name}").as_str()), "{kind}/{name}");
            }
        }
    }
}
