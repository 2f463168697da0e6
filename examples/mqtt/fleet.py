"""A fleet of sensors. Each has its own credentials from a CSV file, sends its readings, and obeys
commands."""

import csv
import os
import time

from locust import constant, task
from locust.contrib import mqtt
from locust.contrib.mqtt import MqttUser

with open("devices.csv", newline="") as file:
    devices = list(csv.DictReader(file))
used = 0

# Locust has no names for topics: without this, each device would have rows of its own.
event_name = mqtt._generate_mqtt_event_name
mqtt._generate_mqtt_event_name = lambda kind, qos, topic: event_name(
    kind, qos, topic.split("/")[0] + "/[id]"
)


class SensorUser(MqttUser):
    port = int(os.environ.get("MQTT_PORT", 1883))
    wait_time = constant(0.2)

    def __init__(self, environment):
        global used
        workers = environment.parsed_options.expect_workers
        own = devices[environment.runner.worker_index :: workers]
        device = own[used % len(own)]
        used += 1
        self.client_id, self.username, self.password = device.values()
        super().__init__(environment)
        self.client.will_set(f"dead/{self.client_id}", "lost")
        self.client.on_message = self.on_message

    def on_start(self):
        while not self.client.is_connected():
            time.sleep(0.01)
        self.client.subscribe(f"command/{self.client_id}", qos=1)

    def on_stop(self):
        self.client.loop_stop()

    @task(3)
    def reading(self):
        self.client.publish(f"reading/{self.client_id}", "21.5", qos=1)

    @task
    def command(self):
        self.client.publish(f"command/{self.client_id}", "restart", qos=1)

    def on_message(self, client, userdata, message):
        self.client.publish(f"done/{self.client_id}", message.payload)
