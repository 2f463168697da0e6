"""What a Socket.IO client can do and suffer, once per user."""

import time

from locust import constant, task
from locust.contrib.socketio import SocketIOUser
from locust.exception import StopUser


class CasesUser(SocketIOUser):
    wait_time = constant(1)
    options = {"reconnection": False}

    def on_start(self):
        self.sio.on("handled", lambda data: data["n"] + 1)
        self.sio.emit("data", "nobody is connected")
        self.connect(socketio_path="missing")
        self.connect(socketio_path="wrong")
        self.connect(socketio_path="mute", wait_timeout=0.1)
        self.connect(socketio_path="silent")
        self.wait_disconnected()
        self.sio.emit("data", "the pings are missing")
        self.connect(auth={"token": "wrong"})
        self.connect(namespaces=["/", "/closed"])
        self.connect(namespaces=["/", "/admin"])
        self.connect()
        for data in ("grüße", b"\x00\xff", ["a", b"b", {"c": b"d"}], {"a": 1}, "", None):
            self.sio.emit("data", data)
        self.sio.send("hello")
        self.sio.send("hello", name="greeting")
        for data in ("grüße", b"\x00\xff", ["a", b"b", {"c": b"d"}]):
            assert self.sio.call("echo", data) == data
        assert self.sio.call("echo", "to an admin", namespace="/admin") == "to an admin"
        assert self.sio.call("nothing") is None
        assert self.sio.call("two") == (1, "two")
        self.sio.call("silent", "x", timeout=0.2)
        self.sio.call("push", "all")
        self.sio.disconnect()
        self.connect()
        self.sio.emit("kick")
        self.wait_disconnected()
        self.sio.emit("data", "the connection has ended")

    def wait_disconnected(self):
        while self.sio.connected:
            time.sleep(0.01)

    def connect(self, **options):
        options = {"auth": {"token": "secret"}, "transports": ["websocket"], "wait_timeout": 5} | options
        self.sio.connect(self.host, **options)

    @task
    def done(self):
        self.environment.events.request.fire(
            request_type="CASES", name="done", response_time=0, response_length=0, exception=None, context={}
        )
        raise StopUser()
