"""A server with OpenAI's interface for streamed chat completions. It sends a token at fixed times and counts what it has sent."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter

from aiohttp import web

from .aiohttp_server import AiohttpServer


class LlmServer(AiohttpServer):
    """Serves at `url` until stop().

    @param interval Seconds between two tokens.
    @param breaks_off_after Each stream whose number is divisible by 3 breaks off after so many tokens; None: none does.
    """

    def __init__(self, *, interval: float = 0.02, breaks_off_after: int | None = None):
        self.interval = interval
        self.breaks_off_after = breaks_off_after
        self.counts: Counter[str] = Counter()
        self.first_token_times: list[float] = []
        """Seconds from the request to the write of the first token."""
        self.stream_times: list[float] = []
        super().__init__([web.post("/v1/chat/completions", self._chat)])

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        start = time.perf_counter()
        body = await request.json()
        assert body["stream"] and body["stream_options"]["include_usage"], body
        self.counts["requests"] += 1
        number = self.counts["requests"]
        tokens = int(body["max_tokens"])
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        await self._send(response, {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        for index in range(tokens):
            await asyncio.sleep(max(0.0, start + self.interval * (index + 1) - time.perf_counter()))
            if self.breaks_off_after == index and number % 3 == 0:
                self.counts["broken"] += 1
                request.transport.abort()
                return response
            await self._send(response, {"choices": [{"index": 0, "delta": {"content": f"w{index} "}}], "usage": None})
            if index == 0:
                self.first_token_times.append(time.perf_counter() - start)
        self.counts["tokens"] += tokens
        await self._send(response, {"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": tokens}})
        await self._send(response, None)
        await response.write_eof()
        self.stream_times.append(time.perf_counter() - start)
        return response

    async def _send(self, response: web.StreamResponse, event: dict | None) -> None:
        data = "[DONE]" if event is None else json.dumps(event)
        self.counts["events"] += 1
        self.counts["bytes"] += len(data)
        await response.write(f"data: {data}\n\n".encode())
