"""Writes NDJSON to a topic with the official client's AvroSerializer, which registers the schema."""

import sys

import peer
import plain_json
from confluent_kafka import Producer
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext


def main():
    """Sends every line and waits for the acknowledgements."""
    options = peer.arguments(__doc__)
    schema = plain_json.Schema(options.schema)
    client, naming = peer.registry(options)
    conf = dict(naming)
    if options.id_in == "header":
        conf["schema.id.serializer"] = header_schema_id_serializer
    serialize = AvroSerializer(client, schema.text, conf=conf)

    failures = []

    def delivered(error, _):
        if error is not None:
            failures.append(error)

    producer = Producer({"bootstrap.servers": options.bootstrap, "enable.idempotence": True})
    sent = 0
    for _, value in plain_json.lines(options.ndjson):
        headers = []
        field = SerializationContext(options.topic, MessageField.VALUE, headers)
        data = serialize(schema.datum(value), field)
        while True:
            try:
                producer.produce(options.topic, data, headers=headers, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(1)
        producer.poll(0)
        sent += 1
    left = producer.flush(30)
    print(f"{sent} records sent, {len(failures)} failed, {left} without an answer")
    return 1 if failures or left else 0


if __name__ == "__main__":
    sys.exit(main())
