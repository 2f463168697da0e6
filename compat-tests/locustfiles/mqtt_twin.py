import os
import time

from locust import constant, task
from locust.contrib.mqtt import MqttUser


class TwinUser(MqttUser):
    port = int(os.environ.get("MQTT_PORT", 1883))
    username = os.environ.get("MQTT_USER")
    password = os.environ.get("MQTT_PASSWORD")
    wait_time = constant(0.1)

    def on_start(self):
        deadline = time.monotonic() + 1
        while not self.client.is_connected() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.client.subscribe("command/#", qos=1)
        self.client.subscribe("forbidden/#")

    @task
    def publish_0(self):
        self.client.publish("data/0", "a", qos=0)

    @task
    def publish_1(self):
        self.client.publish("data/1", "ab", qos=1)

    @task
    def publish_2(self):
        self.client.publish("data/2", "abc", qos=2)
