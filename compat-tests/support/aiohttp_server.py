"""An aiohttp server on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable

from aiohttp import web

from .settings import LOOPBACK, PATIENCE


class AiohttpServer:
    """Serves at `url` until stop()."""

    def __init__(self, routes: Iterable[web.RouteDef]):
        self._routes = routes
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(PATIENCE)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(PATIENCE)

    def call(self, coroutine):
        """Runs a coroutine on the server's thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        application = web.Application()
        application.add_routes(self._routes)
        runner = web.AppRunner(application, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, LOOPBACK, 0, backlog=1000)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._started.set()
        await self._ended.wait()
        await runner.cleanup()
