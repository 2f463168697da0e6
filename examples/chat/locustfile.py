"""The Python twin of locustfile.cpp, with websocket-client."""

import json
import time

import gevent
from gevent.event import AsyncResult

from locust import FastHttpUser, between, task


class ChatUser(FastHttpUser):
    wait_time = between(0.1, 0.3)

    def on_start(self):
        self.number = 0
        self.answers = {}
        self.socket = None
        with self.client.post("/login", data={"user": "ann"}, catch_response=True) as response:
            self.cookie = response.headers["Set-Cookie"].partition(";")[0]
        self.connect()

    def connect(self):
        import websocket  # not needed by a master

        url = self.host.replace("http", "ws", 1) + "/chat"
        with self.environment.events.request.measure("WS", "/chat"):
            self.socket = websocket.create_connection(url, cookie=self.cookie, subprotocols=["chat.v1"])
        self.reader = gevent.spawn(self.read)

    def read(self):
        while text := self.socket.recv():
            said = json.loads(text)
            if answer := self.answers.pop(said.get("id"), None):
                answer.set((said, len(text)))
            else:
                self.fire("CHAT", "said by others", time.time() - said["time"], len(text))

    @task(3)
    def say(self):
        self.number += 1
        answer = self.answers[self.number] = AsyncResult()
        with self.environment.events.request.measure("WSC", "say") as request:
            self.socket.send(json.dumps({"id": self.number, "say": "hello", "time": time.time()}))
            said, request["response_length"] = answer.get(timeout=5)
            if not said["ok"]:
                raise RuntimeError("refused")

    @task
    def show_typing(self):
        text = json.dumps({"typing": True})
        self.socket.send(text)
        self.fire("WSS", "typing", None, len(text))

    def on_stop(self):
        self.reader.kill()
        with self.environment.events.request.measure("WS close", "/chat"):
            self.socket.close(1000, b"bye")

    def fire(self, request_type, name, seconds, length):
        self.environment.events.request.fire(
            request_type=request_type,
            name=name,
            response_time=None if seconds is None else seconds * 1000,
            response_length=length,
            exception=None,
            context={},
        )
