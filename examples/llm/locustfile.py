"""The Python twin of locustfile.cpp, with requests."""

import json
import os
import time

from locust import HttpUser, constant, task


class ChatUser(HttpUser):
    wait_time = constant(1)

    def on_start(self):
        if key := os.environ.get("LLM_API_KEY"):
            self.client.headers["Authorization"] = f"Bearer {key}"

    @task
    def chat(self):
        body = {
            "model": os.environ.get("LLM_MODEL", "small"),
            "messages": [{"role": "user", "content": os.environ.get("LLM_PROMPT", "Tell me a story.")}],
            "max_tokens": int(os.environ.get("LLM_MAX_TOKENS", 256)),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        start = time.perf_counter()
        first = last = None
        tokens = 0
        events = size = 0
        with self.client.post("/v1/chat/completions", name="chat", json=body, stream=True) as response:
            if not response.ok:
                return
            for line in response.iter_lines(chunk_size=1):
                if not line.startswith(b"data: "):
                    continue
                data, now = line[6:], time.perf_counter()
                if events == 0:
                    self.report("SSE first event", "chat", now - start, len(data))
                else:
                    self.report("SSE event", "chat", now - before, len(data))
                before = now
                events += 1
                size += len(data)
                if data == b"[DONE]":
                    continue
                chunk = json.loads(data)
                if usage := chunk.get("usage"):
                    tokens = usage["completion_tokens"]
                for choice in chunk["choices"]:
                    if choice["delta"].get("content"):
                        first = first or now
                        last = now
            self.report("SSE", "chat", time.perf_counter() - start, size)
        if first:
            self.report("LLM", "time to first token", first - start, 1)
        if tokens > 1:
            self.report("LLM", "time per token", (last - first) / (tokens - 1), tokens)

    def report(self, request_type, name, seconds, length):
        self.environment.events.request.fire(
            request_type=request_type,
            name=name,
            response_time=seconds * 1000,
            response_length=length,
            exception=None,
            context={},
        )
