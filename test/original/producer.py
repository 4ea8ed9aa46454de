"""The original's producer, last step: all flat records of a round in one message, without a key."""

import json
import sys

from kafka import KafkaProducer

brokers, topic = sys.argv[1:]
producer = KafkaProducer(
    bootstrap_servers=brokers,
    value_serializer=lambda records: json.dumps(records).encode("utf-8"),
)
for line in sys.stdin:
    producer.send(topic, value=json.loads(line))
producer.flush()
producer.close()
