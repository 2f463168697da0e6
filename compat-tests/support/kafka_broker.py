"""A process with a Kafka broker: the mock cluster of librdkafka, which speaks Kafka's protocol over TCP. It prints its
address, then a line for each message in these topics.

usage: kafka_broker.py TOPIC...
"""

import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

TIMEOUT = 10

cluster = Producer({"test.mock.num.brokers": 1})
(broker,) = cluster.list_topics(timeout=TIMEOUT).brokers.values()
address = f"{broker.host}:{broker.port}"
consumer = Consumer({"bootstrap.servers": address, "group.id": "test"})
consumer.assign(
    [
        TopicPartition(topic, partition, OFFSET_BEGINNING)
        for topic in sys.argv[1:]
        for partition in cluster.list_topics(topic, timeout=TIMEOUT).topics[topic].partitions
    ]
)
print(address, flush=True)
while True:
    message = consumer.poll(0.1)
    if message is not None and message.error() is None:
        print("message", message.topic(), message.key(), message.value(), flush=True)
