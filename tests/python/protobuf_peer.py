"""The official client's ProtobufSerializer and ProtobufDeserializer on topics of the test.

    protobuf_peer.py BOOTSTRAP REGISTRY FOLDER FILE JOB...

A job is JSON: {"do": "write" or "read", "topic", "subject", "context", "message", "values"}. To write is to
register the file with what it imports, and to send a record for each value. To read is to compare each record of the topic,
which has one partition, with a value, in order. Exit code 1 if anything differs.
"""

import json
import sys

import protobuf_files
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import json_format

PATIENCE_SECONDS = 30


def write(bootstrap, client, conf, kind, job, values):
    """Sends all values."""
    serialize = ProtobufSerializer(kind, client, conf=conf)
    producer, failures = Producer({"bootstrap.servers": bootstrap}), []
    for value in values:
        data = serialize(value, SerializationContext(job["topic"], MessageField.VALUE))
        producer.produce(job["topic"], data, on_delivery=lambda error, _: error and failures.append(error))
    if producer.flush(PATIENCE_SECONDS) or failures:
        sys.exit(f"{job}: {failures}")


def read(bootstrap, client, conf, kind, job, values):
    """Compares all records."""
    deserialize = ProtobufDeserializer(kind, conf=conf, schema_registry_client=client)
    settings = {"bootstrap.servers": bootstrap, "group.id": "protobuf_peer", "enable.partition.eof": True}
    consumer = Consumer({**settings, "enable.auto.commit": False})
    consumer.assign([TopicPartition(job["topic"], 0, 0)])
    found = []
    while True:
        message = consumer.poll(PATIENCE_SECONDS)
        if message is None:
            sys.exit(f"nothing from {job['topic']} for {PATIENCE_SECONDS} s")
        if message.error() is None:
            found.append(deserialize(message.value(), SerializationContext(job["topic"], MessageField.VALUE)))
        elif message.error().code() == KafkaError._PARTITION_EOF:
            break
        else:
            sys.exit(f"{job['topic']}: {message.error()}")
    consumer.close()
    if found != values:
        sys.exit(f"{job}: found {found}")


def main(bootstrap, url, folder, file, *jobs):
    """Does the jobs one by one."""
    for text in jobs:
        job = json.loads(text)
        kind = protobuf_files.message(folder, file, job["message"])
        values = [json_format.ParseDict(value, kind()) for value in job["values"]]
        client = SchemaRegistryClient({"url": f"{url}/contexts/{job['context']}"})
        conf = {"subject.name.strategy": lambda *_, job=job: job["subject"]}
        {"write": write, "read": read}[job["do"]](bootstrap, client, conf, kind, job, values)
        print(f"{job['do']} {job['topic']}: {len(values)} records")


if __name__ == "__main__":
    main(*sys.argv[1:])
