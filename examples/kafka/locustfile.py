"""The Python twin of locustfile.cpp, with KafkaUser of locust-plugins. It needs confluent-kafka."""

import os

from locust import between, task
from locust_plugins.users.kafka import KafkaUser

from confluent_kafka import Producer


class OrderUser(KafkaUser):
    wait_time = between(0.05, 0.15)

    def __init__(self, environment):
        self.bootstrap_servers = self.host
        super().__init__(environment)
        timeout = os.environ.get("KAFKA_TIMEOUT_MS", "300000")
        self.client.producer = Producer({"bootstrap.servers": self.host, "message.timeout.ms": timeout})

    @task(3)
    def order(self):
        self.client.send("orders", b'{"item": 7}', key="ann")

    @task
    def click(self):
        self.client.send("clicks", b"shop", name="click")
