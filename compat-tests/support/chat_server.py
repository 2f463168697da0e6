"""A chat over WebSocket (aiohttp) that counts what it does and can misbehave."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections import Counter

from aiohttp import WSMsgType, web

from .aiohttp_server import AiohttpServer


class ChatServer(AiohttpServer):
    """Serves /login and /chat at `url` until stop(). `/refused` answers 403, `/echo` echoes each message."""

    def __init__(self):
        self.counts: Counter[str] = Counter()
        self._sockets: set[web.WebSocketResponse] = set()
        self._cookies: set[str] = set()
        super().__init__(
            [
                web.post("/login", self._login),
                web.get("/chat", self._chat),
                web.get("/echo", self._echo),
                web.get("/refused", self._refused),
            ]
        )

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        assert form["user"] == "ann"
        self.counts["POST /login"] += 1
        cookie = secrets.token_hex(8)
        self._cookies.add(cookie)
        response = web.Response(text="welcome")
        response.set_cookie("session", cookie)
        return response

    async def _refused(self, request: web.Request) -> web.Response:
        self.counts["refused"] += 1
        return web.Response(status=403)

    async def _open(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["chat.v1"], compress=True)
        await socket.prepare(request)
        self.counts["opened"] += 1
        return socket

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if request.cookies.get("session") not in self._cookies:
            return web.Response(status=401)
        socket = await self._open(request)
        assert socket.ws_protocol == "chat.v1"
        self._sockets.add(socket)
        try:
            async for message in socket:
                assert message.type == WSMsgType.TEXT
                await self._on_message(socket, json.loads(message.data))
        finally:
            self._sockets.discard(socket)
        self.counts[f"closed {socket.close_code}"] += 1
        return socket

    async def _on_message(self, socket: web.WebSocketResponse, message: dict) -> None:
        if "typing" in message:
            self.counts["typing"] += 1
            return
        self.counts["say"] += 1
        for other in list(self._sockets - {socket}):
            with contextlib.suppress(ConnectionError):
                await other.send_str(json.dumps({"said": message["say"], "time": message["time"]}))
                self.counts["broadcasts"] += 1
        ok = message["id"] % 10 != 0
        self.counts["refusals"] += not ok
        await socket.send_str(json.dumps({"id": message["id"], "ok": ok}))

    async def _echo(self, request: web.Request) -> web.StreamResponse:
        """Echoes each message. `close CODE REASON` and `die` end the connection, `garbage` sends an invalid frame."""
        socket = await self._open(request)
        async for message in socket:
            words = message.data.split(maxsplit=2) if message.type == WSMsgType.TEXT else [""]
            if words[0] == "close":
                await socket.close(code=int(words[1]), message=words[2].encode())
            elif words[0] == "die":
                request.transport.abort()
            elif words[0] == "garbage":
                request.transport.write(b"\x83\x00")
            elif message.type == WSMsgType.TEXT:
                await socket.send_str(message.data)
            else:
                await socket.send_bytes(message.data)
            self.counts["messages"] += 1
        self.counts[f"closed {socket.close_code}"] += 1
        return socket
