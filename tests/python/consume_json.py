"""Reads a topic of one partition with the official client's JSONDeserializer; its values must be the lines of the NDJSON."""

import json
import sys

import peer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from consume_avro import read_to_end


def main():
    """Compares each record with its line."""
    options = peer.arguments(__doc__)
    client, naming = peer.registry(options)
    deserialize = JSONDeserializer(None, schema_registry_client=client, conf=naming)
    field = SerializationContext(options.topic, MessageField.VALUE)
    read = [deserialize(value, field) for value, _ in read_to_end(options)]
    with open(options.ndjson, encoding="utf-8") as lines:
        expected = [json.loads(line) for line in lines]
    for number, (found, wanted) in enumerate(zip(read, expected), 1):
        if found != wanted:
            sys.exit(f"record {number}: expected {wanted!r}, found {found!r}")
    if len(read) != len(expected):
        sys.exit(f"expected {len(expected)} records, found {len(read)}")
    print(f"{len(read)} records equal")


if __name__ == "__main__":
    main()
