"""The Python twin of BusyMqtt in live_users.cpp, for `locust --headless -H mqtt://ADDRESS:PORT`."""

from urllib.parse import urlsplit

import gevent.event

from locust import constant, events, task
from locust.contrib.mqtt import MqttClient, MqttUser

PAYLOAD = "x" * 64


class Client(MqttClient):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.acknowledged = gevent.event.Event()

    def _on_publish_cb(self, *args, **kwargs):
        super()._on_publish_cb(*args, **kwargs)
        self.acknowledged.set()


class BusyMqtt(MqttUser):
    """Publishes with QoS 1 as fast as it gets acknowledgements."""

    wait_time = constant(0)
    client_cls = Client

    def on_start(self):
        while not self.client.is_connected():
            gevent.sleep(0.01)

    @task
    def publish(self):
        self.client.acknowledged.clear()
        self.client.publish("data", PAYLOAD, qos=1)
        self.client.acknowledged.wait(5)


@events.init.add_listener
def set_address(environment, **_):
    address = urlsplit(environment.host)
    BusyMqtt.host, BusyMqtt.port = address.hostname, address.port
    environment.host = None  # it would replace the class's
