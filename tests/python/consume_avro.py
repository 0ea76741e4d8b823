"""Reads a topic with the official client's AvroDeserializer and compares it with the NDJSON it was made from.

Each record must equal a line that no other record equals; the order counts within a partition alone. Tombstones are
skipped. Exit code 1 if anything differs.
"""

import sys

import peer
import plain_json
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

PATIENCE_SECONDS = 30


def read_to_end(options):
    """All values of the topic with their headers, partition by partition."""
    consumer = Consumer(
        {
            "bootstrap.servers": options.bootstrap,
            "group.id": "consume_avro",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    ids = consumer.list_topics(options.topic, PATIENCE_SECONDS).topics[options.topic].partitions
    consumer.assign([TopicPartition(options.topic, partition, 0) for partition in ids])
    values = {partition: [] for partition in ids}
    ended = set()
    while len(ended) < len(ids):
        message = consumer.poll(PATIENCE_SECONDS)
        if message is None:
            sys.exit(f"nothing from {options.topic} for {PATIENCE_SECONDS} s")
        if message.error() is None:
            values[message.partition()].append((message.value(), message.headers()))
        elif message.error().code() == KafkaError._PARTITION_EOF:
            ended.add(message.partition())
        else:
            sys.exit(f"{options.topic}: {message.error()}")
    consumer.close()
    return [record for partition in sorted(ids) for record in values[partition] if record[0] is not None]


def main():
    """Matches every record with a line."""
    options = peer.arguments(__doc__)
    plain_json.read_underlying_types()
    schema = plain_json.Schema(options.schema)
    client, naming = peer.registry(options)
    deserialize = AvroDeserializer(client, conf=naming)

    report = plain_json.Report()
    waiting = [(line, schema.datum(value)) for line, value in plain_json.lines(options.ndjson)]
    for number, (value, headers) in enumerate(read_to_end(options), 1):
        if options.id_in == "header" and headers is None:
            sys.exit(f"record {number} has no headers")
        read = deserialize(value, SerializationContext(options.topic, MessageField.VALUE, headers))
        first = None
        for index, (line, expected) in enumerate(waiting):
            try:
                report.equal(plain_json.compare(expected, read))
            except plain_json.Mismatch as mismatch:
                first = first or f"record {number} equals no line; the first one left is line {line}: {mismatch}"
                continue
            del waiting[index]
            break
        else:
            report.differs(first or f"record {number} is one too many")
    for line, _ in waiting:
        report.differs(f"line {line} is not in the topic")
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(main())
