"""A Socket.IO server (python-socketio on aiohttp) that counts what clients do."""

from __future__ import annotations

from collections import Counter

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError

from .aiohttp_server import AiohttpServer

OPEN = '0{"sid":"x","upgrades":[],"pingInterval":500,"pingTimeout":500}'
"""The first message of an Engine.IO server: it says that a ping comes each 0.5 s."""


class SocketIoServer(AiohttpServer):
    """Serves at `url` until stop(). It pings each second, and ends connections that do not answer.

    Clients need the token "secret". The namespace /closed refuses all clients.
    """

    def __init__(self):
        self.counts: Counter[str] = Counter()
        self._io = socketio.AsyncServer(async_mode="aiohttp", ping_interval=1, ping_timeout=10)
        for name in ("typing", "message", "data", "nothing"):
            self._io.on(name, self._count(name))
        for handler in (self._say, self._echo, self._two, self._silent, self._push, self._kick):
            self._io.on(handler.__name__.removeprefix("_"), handler)
        self._io.on("connect", self._connect)
        self._io.on("connect", self._connect, namespace="/admin")
        self._io.on("connect", self._refuse, namespace="/closed")
        self._io.on("disconnect", self._count("disconnect"))
        self._io.on("echo", self._echo, namespace="/admin")
        super().__init__(
            [
                web.route("*", "/socket.io/", self._io.eio.handle_request),
                web.get("/wrong/", self._say_only("4hello")),
                web.get("/mute/", self._say_only(OPEN)),
                web.get("/silent/", self._say_only(OPEN, "40")),
            ]
        )

    def stop(self) -> None:
        self.call(self._io.shutdown())
        super().stop()

    def _count(self, name: str):
        async def count(_sid, *_arguments):
            self.counts[name] += 1

        return count

    @staticmethod
    def _say_only(*messages: str):
        """A server that sends these messages and then nothing, not even pings."""

        async def serve(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            for message in messages:
                await socket.send_str(message)
            async for _ in socket:
                pass
            return socket

        return serve

    async def _connect(self, _sid, _environ, auth):
        if auth != {"token": "secret"}:
            self.counts["refused"] += 1
            raise ConnectionRefusedError("wrong token")
        self.counts["connect"] += 1

    async def _refuse(self, _sid, _environ, _auth):
        raise ConnectionRefusedError("closed")

    async def _say(self, sid, data):
        self.counts["say"] += 1
        await self._io.emit("said", data["text"], to=sid)
        return {"ok": True}

    async def _echo(self, _sid, data):
        self.counts["echo"] += 1
        return data

    async def _two(self, _sid):
        return 1, "two"

    async def _silent(self, _sid, _data):
        await self._ended.wait()  # acknowledges after the client's timeout

    async def _push(self, sid, _data):
        """Sends events of all kinds, each of which the client has to acknowledge."""
        for event, data in (("text", "grüße"), ("list", [1, 2]), ("bytes", b"\x00\xff\x80"), ("handled", {"n": 7})):
            self.counts[f"acknowledged {await self._io.call(event, data, to=sid)}"] += 1

    async def _kick(self, sid):
        await self._io.disconnect(sid)
