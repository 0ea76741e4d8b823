"""A JSON Schema with what it refers to, in one file: {"schema": …, "references": {NAME: …}}."""

import json

from confluent_kafka.schema_registry import Schema, SchemaReference


def registered(path, client, topic):
    """Registers what is referred to, and returns the schema that refers to it."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    references = []
    for number, (name, schema) in enumerate(content["references"].items()):
        subject = f"{topic}-reference-{number}"
        client.register_schema(subject, Schema(json.dumps(schema), "JSON"))
        references.append(SchemaReference(name, subject, 1))
    return Schema(json.dumps(content["schema"]), "JSON", references)
