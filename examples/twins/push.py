"""Receivers of pushed messages over long-lived TCP connections: a JSON object per line."""

import json
import os
import random
import socket
import time

import gevent

from locust import User, between, task

ADDRESS = os.environ.get("PUSH_ADDRESS", "127.0.0.1:9000")


class PushReceiver(User):
    wait_time = between(0.5, 1.5)

    def on_start(self):
        host, _, port = ADDRESS.rpartition(":")
        with self.environment.events.request.measure("PUSH", "subscribe"):
            self.socket = socket.create_connection((host, int(port)), timeout=30)
            self.lines = self.socket.makefile("rb")
            self.send(type="subscribe", token=os.environ["PUSH_TOKEN"], topics=["news", "prices"])
            reply = json.loads(self.lines.readline())
            if reply["type"] != "subscribed":
                raise RuntimeError(reply["reason"])
        self.last = reply["last"]
        self.receiver = gevent.spawn(self.receive)

    def send(self, **message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self):
        """Runs in the background and reports the latency of each message."""
        while line := self.lines.readline():
            message = json.loads(line)
            if message["type"] == "heartbeat":
                self.send(type="alive", beat=message["beat"])
                continue
            lost = message["number"] - self.last - 1
            self.last = message["number"]
            self.environment.events.request.fire(
                request_type="PUSH",
                name=message["topic"],
                response_time=max(time.time() - message["sent"], 0) * 1000,
                response_length=len(line),
                exception=f"{lost} messages lost" if lost > 0 else None,
            )

    def request(self, kind, **fields):
        with self.environment.events.request.measure("PUSH", kind):
            self.send(type=kind, **fields)

    @task(2)
    def acknowledge(self):
        self.request("acknowledge", number=self.last, battery=random.randint(1, 100))

    @task
    def mute(self):
        self.request("mute", minutes=random.choice([5, 60]))

    @task
    def move(self):
        self.request("move", latitude=random.uniform(-90, 90), longitude=random.uniform(-180, 180))

    def on_stop(self):
        self.receiver.kill()
        self.socket.close()
