"""Streamed chat completions (SSE). The times to the first and to the last token are own rows."""

import json
import os
import random
import time

from locust import HttpUser, constant_pacing, task

MODEL = os.environ.get("LLM_MODEL", "small")
PROMPTS = [
    "Tell me a joke",
    "Translate 'good morning' into French",
    "Write a very long story",
    "Forbidden words",
]


class ChatCompletionUser(HttpUser):
    wait_time = constant_pacing(0.25)

    def on_start(self):
        self.client.headers["Authorization"] = f"Bearer {os.environ['LLM_API_KEY']}"
        self.history = [{"role": "system", "content": "You are brief."}]

    def report(self, name, start, tokens):
        self.environment.events.request.fire(
            request_type="LLM",
            name=name,
            response_time=(time.perf_counter() - start) * 1000,
            response_length=tokens,
        )

    @task
    def list_models(self):
        self.client.get("/v1/models")

    @task
    def embed(self):
        self.client.post(
            "/v1/embeddings", json={"model": MODEL, "input": random.sample(PROMPTS, 2)}
        )

    @task(4)
    def ask(self):
        question = {"role": "user", "content": random.choice(PROMPTS)}
        body = {
            "model": MODEL,
            "messages": [*self.history, question],
            "stream": True,
            "temperature": 0.5,
            "max_tokens": 64,
        }
        answer, tokens, start = "", 0, time.perf_counter()
        with self.client.post(
            "/v1/chat/completions", json=body, stream=True, catch_response=True
        ) as response:
            if response.status_code != 200:
                response.failure(
                    f"{response.status_code} {response.headers.get('X-Error', 'unknown')}"
                )
                return
            for line in response.iter_lines():
                if not line.startswith(b"data: "):
                    continue
                data = line.removeprefix(b"data: ")
                if data == b"[DONE]":
                    break
                event = json.loads(data)
                if event.get("usage"):
                    tokens = event["usage"]["completion_tokens"]
                for choice in event["choices"]:
                    text = choice["delta"].get("content", "")
                    if text and not answer:
                        self.report("time to first token", start, 0)
                    answer += text
            else:
                response.failure("the stream ended early")
        self.report("total", start, tokens)
        self.history = [*self.history[:1], question, {"role": "assistant", "content": answer}]
