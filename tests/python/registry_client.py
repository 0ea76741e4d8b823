#!/usr/bin/env python3
"""The official Confluent Python client against a Schema Registry with contexts.

    registry_client.py http://127.0.0.1:8081

Registers, looks up, serializes and deserializes in the default context, in one named by qualified subjects, and in one
named by the base URL; exits non-zero with the first expectation that does not hold. The registry must be a fresh one.
Needs PyPI's confluent-kafka[avro,schemaregistry].
"""

import json
import sys

from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext


def record(name, field):
    return json.dumps({"type": "record", "name": name, "fields": [{"name": field, "type": "string"}]})


def expect(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}: expected {wanted!r}, found {found!r}")


def fails(code, what, call, *arguments, **options):
    try:
        found = call(*arguments, **options)
    except SchemaRegistryError as error:
        expect(error.error_code, code, what)
    else:
        sys.exit(f"{what}: expected error {code}, found {found!r}")


def value_of(topic, headers=None):
    return SerializationContext(topic, MessageField.VALUE, headers)


def round_trip(client, schema, value, schema_id, subject_name=None):
    """Serializes and deserializes through the registry; the frame carries `schema_id`."""
    conf = {"subject.name.strategy": subject_name} if subject_name else {}
    frame = AvroSerializer(client, schema, conf=conf)(value, value_of("orders"))
    expect(frame[:5], b"\0" + schema_id.to_bytes(4, "big"), "frame")
    # A client of its own, so that nothing comes from a cache.
    reader = SchemaRegistryClient(client.config())
    expect(AvroDeserializer(reader, conf=conf)(frame, value_of("orders")), value, "value read back")


def serializers(url):
    default = SchemaRegistryClient({"url": url})
    round_trip(default, record("Default", "a"), {"a": "one"}, 1)
    round_trip(default, record("Qualified", "b"), {"b": "two"}, 1, lambda *_: ":.py1:orders-value")
    round_trip(SchemaRegistryClient({"url": f"{url}/contexts/.py2"}), record("BaseUrl", "c"), {"c": "three"}, 1)
    expect(default.get_subjects(), [":.py1:orders-value", ":.py2:orders-value", "orders-value"], "subjects")


def header_carried_id(url):
    """The GUID in a header means the same in every context."""
    client = SchemaRegistryClient({"url": f"{url}/contexts/.py3"})
    headers = []
    conf = {"schema.id.serializer": header_schema_id_serializer}
    payload = AvroSerializer(client, record("Header", "d"), conf=conf)({"d": "a long enough text"}, value_of("orders", headers))
    expect([name for name, _ in headers], ["__value_schema_id"], "header")
    reader = AvroDeserializer(SchemaRegistryClient({"url": url}))
    expect(reader(payload, value_of("orders", headers)), {"d": "a long enough text"}, "value read back by GUID")


def plain_client(url):
    client = SchemaRegistryClient({"url": url})
    subject = ":.py4:address/with:colon"
    address = Schema(record("Address", "street"), "AVRO")
    expect(client.register_schema(subject, address), 1, "id")
    expect(client.lookup_schema(subject, address).version, 1, "looked-up version")
    expect(client.get_latest_version(subject).subject, subject, "subject of the latest version")
    expect(client.get_version(subject, 1).schema_id, 1, "id of version 1")
    expect(client.get_versions(subject), [1], "versions")
    expect(client.get_schema(1, subject).schema_str.replace(" ", ""), record("Address", "street").replace(" ", ""), "text")

    person = '{"type":"record","name":"Person","fields":[{"name":"home","type":"Address"}]}'
    reference = SchemaReference("Address", "address/with:colon", 1)
    expect(client.register_schema(":.py4:person", Schema(person, "AVRO", [reference])), 2, "id with a reference")
    round_trip(
        client, Schema(person, "AVRO", [SchemaReference("Address", subject, 1)]), {"home": {"street": "s"}}, 3,
        lambda *_: ":.py4:resident",
    )

    fails(40401, "unknown subject", client.get_latest_version, "nothing")
    fails(40403, "unknown id", client.get_schema, 99, ":.py4:")
    fails(42201, "no schema", client.register_schema, ":.py5:s", Schema('{"type": "nothing"', "AVRO"))
    fails(42206, "referenced version", client.delete_version, subject, 1)
    expect(client.delete_subject(":.py4:resident"), [1], "soft delete")
    expect(client.delete_subject(":.py4:resident", permanent=True), [1], "deletes, soft before permanent")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    url = sys.argv[1].rstrip("/")
    serializers(url)
    header_carried_id(url)
    plain_client(url)
    print("the registry answers the Confluent Python client as it should")


if __name__ == "__main__":
    main()
