"""A chat over WebSocket. Each message is confirmed; the messages of others arrive in between."""

import json
import os
import random
import time

import websocket

from locust import User, between, task

URL = os.environ.get("CHAT_URL", "ws://127.0.0.1:8081/chat")


class ChatUser(User):
    wait_time = between(0.1, 0.3)

    def on_start(self):
        self.number = 0
        with self.environment.events.request.measure("WS", "connect"):
            headers = {"Authorization": "Bearer chat-token"}
            self.socket = websocket.create_connection(
                URL, timeout=10, subprotocols=["chat.v1"], header=headers
            )
        self.call("join", room=random.choice(["red", "blue"]))

    def call(self, kind, **fields):
        """Sends a message and waits for the reply to it, past the messages of others."""
        self.number += 1
        with self.environment.events.request.measure("WS", kind) as request:
            self.socket.send(json.dumps({"type": kind, "id": self.number, **fields}))
            while True:
                text = self.socket.recv()
                message = json.loads(text)
                if message["type"] == "said":
                    self.report_latency(message)
                elif message["id"] == self.number:
                    break
            request["response_length"] = len(text)
            if message["type"] == "error":
                request["exception"] = message["reason"]
            return message

    def report_latency(self, message):
        latency = (time.time() - message["time"]) * 1000
        self.environment.events.request.fire(
            request_type="WS",
            name="said by others",
            response_time=latency,
            response_length=len(message["text"]),
        )

    @task(4)
    def say(self):
        text = random.choice(["hello", "how are you?", "a longer text", "rude"])
        self.call("say", text=text, time=time.time())

    @task
    def show_typing(self):
        self.call("typing", seconds=1.5)

    @task
    def list_members(self):
        self.call("members")

    @task
    def history(self):
        history = self.call("history", count=500)
        assert len(history["messages"]) == 500, "wrong history"

    def on_stop(self):
        self.socket.close()
