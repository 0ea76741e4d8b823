"""Writes records through a REST Proxy with somebody else's client: rest_proxy_client.py URL JSON_TOPIC BINARY_TOPIC MISSING

Prints what the client says of each call, a line each.
"""

import sys

from kafka_bridge_client import KafkaBridgeProducer

url, json_topic, binary_topic, missing = sys.argv[1:]
producer = KafkaBridgeProducer(url, timeout=60)


def tell(call, *args, **options):
    """Makes a call, and prints what it returns or raises."""
    try:
        print(call(*args, **options))
    except Exception as error:  # whatever the client raises is its answer
        print(type(error).__name__)


tell(producer.send, json_topic, {"key": "first", "value": {"n": 1}})
tell(producer.sends, json_topic, [{"key": f"k{n}", "value": {"n": n}} for n in range(2, 102)])
tell(producer.send, binary_topic, {"key": "k", "value": b"\x00\xff"}, binary=True)
tell(producer.send, missing, {"key": "k", "value": {"n": 1}})
