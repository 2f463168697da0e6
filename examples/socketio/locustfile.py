"""The Python twin of locustfile.cpp, with Locust's SocketIOUser."""

from locust import between, task
from locust.contrib.socketio import SocketIOUser


class ChatUser(SocketIOUser):
    wait_time = between(0.1, 0.3)
    options = {"reconnection": False}

    def on_start(self):
        self.connect()

    def connect(self):
        self.sio.connect(self.host, auth={"token": "secret"}, transports=["websocket"])

    @task(3)
    def say(self):
        if not self.sio.connected:
            return self.connect()
        self.sio.call("say", {"text": "hello"}, timeout=5)

    @task
    def typing(self):
        self.sio.emit("typing", {"user": "ann"})

    def on_stop(self):
        self.sio.disconnect()
