#!/usr/bin/env python3
"""The official Confluent Python serializers of all three formats against a Schema Registry with contexts.

    registry_serializers.py http://127.0.0.1:8081

For AVRO, JSON and PROTOBUF, each with a reference: registers, serializes and deserializes in the default context, in one that
qualified subjects name and in one that the base URL names, with the id in front of the payload and as a GUID in a header.
Exits non-zero with the first expectation that does not hold. The registry must be a fresh one. Needs PyPI's
confluent-kafka[avro,json,protobuf,schemaregistry].
"""

import json
import sys

from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

VALUE = {"home": {"street": "Bahnhofstraße 1"}}

AVRO_ADDRESS = {"type": "record", "name": "Address", "fields": [{"name": "street", "type": "string"}]}
AVRO_PERSON = {"type": "record", "name": "Person", "fields": [{"name": "home", "type": "Address"}]}
JSON_ADDRESS = {"title": "Address", "type": "object", "properties": {"street": {"type": "string"}}, "required": ["street"]}
JSON_PERSON = {"title": "Person", "type": "object", "properties": {"home": {"$ref": "address.json"}}}


class Place:
    """A context, and the way in which it is named."""

    def __init__(self, url, context, by_subject):
        self.context, self.by_subject = context, by_subject
        self.url = url if by_subject else f"{url}/contexts/{context}"

    def client(self):
        """A client of its own each time, so that nothing comes from a cache."""
        return SchemaRegistryClient({"url": self.url})

    def subject(self, name):
        return f":{self.context}:{name}" if self.by_subject and self.context != "." else name

    def qualified(self, name):
        return name if self.context == "." else f":{self.context}:{name}"


def expect(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}: expected {wanted!r}, found {found!r}")


def with_reference(place, kind, address, name, person):
    """Registers what is referred to; returns the schema that refers to it."""
    subject = place.subject(f"{kind}-address")
    place.client().register_schema(subject, Schema(json.dumps(address), kind))
    return Schema(json.dumps(person), kind, [SchemaReference(name, subject, 1)])


def avro(place):
    schema = with_reference(place, "AVRO", AVRO_ADDRESS, "Address", AVRO_PERSON)
    return (
        lambda conf: AvroSerializer(place.client(), schema, conf=conf),
        lambda conf: AvroDeserializer(place.client(), conf=conf),
        VALUE,
    )


def json_schema(place):
    schema = with_reference(place, "JSON", JSON_ADDRESS, "address.json", JSON_PERSON)
    return (
        lambda conf: JSONSerializer(schema, place.client(), conf=conf),
        lambda conf: JSONDeserializer(None, schema_registry_client=place.client(), conf=conf),
        VALUE,
    )


def messages():
    """The class of Person, whose file imports one of the user's and one of Google's."""
    pool, field = descriptor_pool.Default(), descriptor_pb2.FieldDescriptorProto
    address = descriptor_pb2.FileDescriptorProto(name="shop/address.proto", package="shop", syntax="proto3")
    message = address.message_type.add(name="Address")
    message.field.add(name="street", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL, json_name="street")
    pool.Add(address)
    person = descriptor_pb2.FileDescriptorProto(name="shop/person.proto", package="shop", syntax="proto3")
    person.dependency.extend(["shop/address.proto", "google/protobuf/timestamp.proto"])
    person.message_type.add(name="Unused")
    message = person.message_type.add(name="Person")
    for number, (name, kind) in enumerate([("home", "shop.Address"), ("born", "google.protobuf.Timestamp")], 1):
        message.field.add(
            name=name, number=number, type=field.TYPE_MESSAGE, type_name=f".{kind}", label=field.LABEL_OPTIONAL, json_name=name
        )
    pool.Add(person)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Person"))


def protobuf(place):
    person = messages()
    value = person()
    value.home.street = "Bahnhofstraße 1"
    value.born.seconds = 86_400
    reference = {"reference.subject.name.strategy": lambda _, file: place.subject(file.name)}
    return (
        lambda conf: ProtobufSerializer(person, place.client(), conf={**conf, **reference}),
        lambda conf: ProtobufDeserializer(person, conf=conf, schema_registry_client=place.client()),
        value,
    )


def round_trips(place, kind, serializer, deserializer, value):
    topic = f"orders-{kind}"
    conf = {"subject.name.strategy": lambda *_: place.subject(f"{topic}-value")}
    payload = serializer(conf)(value, SerializationContext(topic, MessageField.VALUE))
    latest = place.client().get_latest_version(place.subject(f"{topic}-value"))
    expect(latest.subject, place.qualified(f"{topic}-value"), "subject")
    expect([reference.version for reference in latest.schema.references], [1], "versions referred to")
    expect(payload[:5], b"\0" + latest.schema_id.to_bytes(4, "big"), f"{kind} in {place.context}: frame")
    if kind == "PROTOBUF":
        expect(payload[5:7], b"\2\2", "message indexes of the file's second message")
    found = deserializer(conf)(payload, SerializationContext(topic, MessageField.VALUE))
    expect(found, value, f"{kind} in {place.context}: value read back")

    headers = []
    context = SerializationContext(topic, MessageField.VALUE, headers)
    payload = serializer({**conf, "schema.id.serializer": header_schema_id_serializer})(value, context)
    expect([(name, value[:1]) for name, value in headers], [("__value_schema_id", b"\1")], "header with the GUID")
    expect(payload[:1] == b"\0", False, "a magic byte in front of the payload")
    found = deserializer(conf)(payload, context)
    expect(found, value, f"{kind} in {place.context}: value read back by GUID")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    url = sys.argv[1].rstrip("/")
    for place in [Place(url, ".", True), Place(url, ".py1", True), Place(url, ".py2", False)]:
        for kind, make in {"AVRO": avro, "JSON": json_schema, "PROTOBUF": protobuf}.items():
            round_trips(place, kind, *make(place))
    for context in ("", "/contexts/.py1", "/contexts/.py2"):
        first = SchemaRegistryClient({"url": f"{url}{context}"}).get_schema(1)
        expect(json.loads(first.schema_str), AVRO_ADDRESS, "the first schema of each context")
    print("the registry answers the Confluent Python serializers as it should")


if __name__ == "__main__":
    main()
