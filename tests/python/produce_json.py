"""Writes NDJSON to a topic with the official client's JSONSerializer, which registers the schema."""

import json
import sys

import json_schema_file
import peer
from confluent_kafka import Producer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext


def main():
    """Sends every line and waits for the acknowledgements."""
    options = peer.arguments(__doc__)
    client, naming = peer.registry(options)
    schema = json_schema_file.registered(options.schema, client, options.topic)
    serialize = JSONSerializer(schema, client, conf=naming)
    field = SerializationContext(options.topic, MessageField.VALUE)
    failures = []
    producer = Producer({"bootstrap.servers": options.bootstrap, "enable.idempotence": True})
    sent = 0
    with open(options.ndjson, encoding="utf-8") as lines:
        for sent, line in enumerate(lines, 1):
            data = serialize(json.loads(line), field)
            producer.produce(options.topic, data, on_delivery=lambda error, _: error and failures.append(error))
            producer.poll(0)
    left = producer.flush(30)
    print(f"{sent} records sent, {len(failures)} failed, {left} without an answer")
    return 1 if failures or left else 0


if __name__ == "__main__":
    sys.exit(main())
