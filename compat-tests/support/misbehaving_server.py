"""A web server that does to its clients what servers do, and remembers what it was asked.

A path is `/<case>/<behaviour>/<argument>?<query>`: the first part only says to which case a request belongs
(see http_cases.py), the second names a function of `Behaviours`. It is a proxy, too: whatever host is asked for, the
answer is its own, and tunnels (CONNECT) lead to its HTTPS side.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import subprocess
import threading
import zlib
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import brotli

from .settings import LOOPBACK, PATIENCE

_STALL = PATIENCE
"""Seconds that "for ever" takes; every client gives up before."""

BAD_JSON: dict[str, str | bytes] = {
    "second-line": '{"id": 7,\n "größe": x}',
    "cut": '{"id": 7, "tags": ["a", "b',
    "after-it": '{"id": 7}\n{"id": 8}\n',
    "escape": '{"id": "\\x"}',
    "control": '{"id": "a\tb"}',
    "mark": "\ufeff{}",
    "not-utf8": b'{"id": "caf\xe9", x}',
    "long": "[" + "ü" * 300,
    "accepted": b'{"id": NaN, "id": 1e400, "text": "\\ud800 caf\xe9", "large": 18446744073709551616}',
}
"""Answers that Python's json module refuses, and one that it alone accepts."""


class MisbehavingServer:
    """Listens for HTTP and for HTTPS (with a certificate for `localhost`) on a thread of its own."""

    def __init__(self, folder: Path):
        self.certificate = folder / "server.pem"
        self.key = folder / "server.key"
        make_certificate(self.certificate, self.key, "localhost")
        self._seen: list[dict] = []
        self._connections = 0
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port, self.tls_port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def close(self) -> None:
        async def end() -> None:
            for server in self._servers:
                server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://localhost:{self.tls_port}"

    def take_seen(self) -> dict[str, list[dict]]:
        """All requests since the last call, in order, by case.

        `connection` is numbered per case, `socket` over all; `resumed`: by a TLS session of an earlier connection,
        `certificate`: the client showed one.
        """
        seen, self._seen = self._seen, []
        cases: dict[str, list[dict]] = {}
        numbers: dict[str, dict[int, int]] = {}
        for request in seen:
            known = numbers.setdefault(request["case"], {})
            connection = known.setdefault(request["connection"], len(known))
            cases.setdefault(request["case"], []).append(request | {"connection": connection})
        return cases

    async def _listen(self) -> tuple[int, int]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(self.certificate)
        options = {"host": LOOPBACK, "port": 0, "limit": 2**20, "backlog": 1000}
        plain = await asyncio.start_server(self._accept, **options)
        tls = await asyncio.start_server(self._accept, ssl=context, **options)
        self._servers = (plain, tls)
        return tuple(server.sockets[0].getsockname()[1] for server in self._servers)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        self._connections += 1
        try:
            await self._serve(self._connections, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, connection: int, reader, writer) -> None:
        behaviours = Behaviours(writer)
        tls = writer.get_extra_info("ssl_object")
        while not writer.is_closing():
            first = await reader.readexactly(1)
            if first == b"\x16":  # somebody speaks TLS here: answered as nginx does
                writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            request_line, *lines = head[:-4].split("\r\n")
            method, target, _ = request_line.split(" ", 2)
            headers = [tuple(part.strip() for part in line.partition(":")[::2]) for line in lines]
            lower = {name.lower(): value for name, value in headers}
            if method == "CONNECT":
                await self._tunnel(target, lower, reader, writer)
                return
            body = await reader.readexactly(int(lower.get("content-length", 0)))
            if lower.get("transfer-encoding") == "chunked":
                body = await _read_chunks(reader)
            url = urlsplit(target)
            case, behaviour, *argument = url.path.lstrip("/").split("/", 2) + [""]
            self._seen.append(
                {
                    "case": case,
                    "connection": connection,
                    "socket": connection,
                    "resumed": tls is not None and tls.session_reused,
                    "certificate": bool(tls is not None and tls.getpeercert()),
                    "method": method,
                    "target": target,
                    "headers": headers,
                    "body": body,
                }
            )
            behaviours.case = case
            behaviours.method = method
            behaviours.headers = lower
            behaviours.query = dict(parse_qsl(url.query))
            function = getattr(behaviours, behaviour.replace("-", "_") or "ok", behaviours.unknown)
            await function(unquote("/".join(argument).rstrip("/")))
            await writer.drain()

    async def _tunnel(self, target: str, headers: dict[str, str], reader, writer) -> None:
        """Hosts that begin with `members` are for a user that names itself, `forbidden` is for none."""
        if target.startswith("forbidden"):
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        elif target.startswith("members") and headers.get("proxy-authorization") != "Basic YTpi":  # a:b
            writer.write(
                b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                b'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
            )
        else:
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.tls_port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
            finally:
                far_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(2**16):
        writer.write(data)
        await writer.drain()
    writer.close()


class Behaviours:
    """One method for each way to answer."""

    def __init__(self, writer: asyncio.StreamWriter):
        self._writer = writer
        self.case = ""
        self.method = ""
        self.headers: dict[str, str] = {}
        self.query: dict[str, str] = {}

    def _send(self, data: str | bytes) -> None:
        self._writer.write(data if isinstance(data, bytes) else data.encode("latin-1"))

    def _reply(self, body: str | bytes = "ok", *headers: str, status: str = "200 OK") -> None:
        body = body if isinstance(body, bytes) else body.encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self._send(head if self.method == "HEAD" else head + body)  # one piece: no matter of luck how it arrives

    def _reset(self) -> None:
        """Closes with a TCP reset."""
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self._writer.transport.abort()

    # Good answers

    async def ok(self, _) -> None:
        self._reply()

    async def unknown(self, _) -> None:
        self._reply("what?", status="404 Not Found")

    async def json(self, _) -> None:
        self._reply('{"id": 7, "name": "x"}', "Content-Type: application/json")

    async def bad_json(self, argument) -> None:
        self._reply(BAD_JSON[argument], "Content-Type: application/json")

    async def text(self, _) -> None:
        self._reply("<html>no json</html>", "Content-Type: text/html")

    async def empty(self, _) -> None:
        self._reply("")

    async def size(self, argument) -> None:
        self._reply(b"x" * int(argument))

    async def lines(self, _) -> None:
        self._reply("one\ntwo\r\n\nfour")

    async def status(self, argument) -> None:
        """/status/404/Not Found"""
        code, _, reason = argument.partition("/")
        self._reply(f"status {code}", status=f"{code} {reason}")

    async def no_body(self, argument) -> None:
        """A status that never has a body: 204, 304."""
        self._send(f"HTTP/1.1 {argument} Nothing\r\nX-Y: 1\r\n\r\n")

    async def informational(self, argument) -> None:
        """A 1xx answer before the real one."""
        self._send(f"HTTP/1.1 {argument} Wait\r\nX-Early: 1\r\n\r\n")
        self._reply("after it")

    async def set_cookie(self, _) -> None:
        self._reply("cookie", *(f"Set-Cookie: {value}" for value in self.query.values()))

    async def redirect(self, argument) -> None:
        """/redirect/302/further: to /<case>/further, or to the query's `to`."""
        code, _, further = argument.partition("/")
        location = self.query.get("to") or f"/{self.case}/{further}"
        extra = [f"Set-Cookie: {self.query['cookie']}"] if "cookie" in self.query else []
        location = location.encode().decode("latin-1")  # UTF-8 on the wire
        self._reply("moved", f"Location: {location}", *extra, status=f"{code} Moved")

    async def bare_redirect(self, argument) -> None:
        """One that doesn't say where to."""
        self._reply("nowhere", status=f"{argument} Moved")

    async def loop(self, _) -> None:
        self._reply("", f"Location: /{self.case}/loop", status="302 Found")

    async def chain(self, argument) -> None:
        """Redirects so many times."""
        left = int(argument)
        if left:
            self._reply("", f"Location: /{self.case}/chain/{left - 1}", status="302 Found")
        else:
            self._reply("end")

    # Bodies

    def _encoded(self, encoding: str, body: bytes) -> None:
        self._reply(body, f"Content-Encoding: {encoding}")

    async def gzip(self, _) -> None:
        self._encoded("gzip", gzip.compress(b"text " * 100, mtime=0))

    async def deflate(self, _) -> None:
        self._encoded("deflate", zlib.compress(b"text " * 100))

    async def raw_deflate(self, _) -> None:
        compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._encoded("deflate", compressor.compress(b"text " * 100) + compressor.flush())

    async def br(self, _) -> None:
        self._encoded("br", brotli.compress(b"text " * 100))

    async def empty_gzip(self, _) -> None:
        self._encoded("gzip", b"")

    async def bad_gzip(self, _) -> None:
        self._encoded("gzip", b"this is no gzip at all")

    async def cut_gzip(self, _) -> None:
        self._encoded("gzip", gzip.compress(b"text " * 100, mtime=0)[:20])

    async def bad_br(self, _) -> None:
        self._encoded("br", b"this is no brotli")

    async def unknown_encoding(self, _) -> None:
        self._encoded("rot13", b"uryyb")

    async def chunked(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nchun\r\n3;x=y\r\nked\r\n0\r\n\r\n")

    async def trailers(self, _) -> None:
        self._send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n"
        )

    async def bad_chunk(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nchun\r\nxyz\r\nked\r\n0\r\n\r\n")

    async def cut_chunk(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nchun\r\nff\r\nhalf")
        self._writer.close()

    async def until_close(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\n\r\nuntil the end")
        self._writer.close()

    async def http10(self, _) -> None:
        self._send("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold")
        self._writer.close()

    async def cut(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        self._writer.close()

    async def reset_in_body(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        await self._writer.drain()
        await asyncio.sleep(0.1)  # a reset overtakes what was not read yet
        self._reset()

    async def endless(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\n\r\n")
        while not self._writer.is_closing():
            self._send("line\n" * 1000)
            await self._writer.drain()
            await asyncio.sleep(0.001)

    async def stall(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        await self._writer.drain()
        await asyncio.sleep(_STALL)

    async def drip(self, _) -> None:
        """Slow, but each byte comes in time."""
        self._send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        for _ in range(5):
            await asyncio.sleep(0.1)
            self._send("x")
            await self._writer.drain()

    # Heads

    async def silent(self, _) -> None:
        await asyncio.sleep(_STALL)

    async def slow(self, argument) -> None:
        await asyncio.sleep(float(argument))
        self._reply()

    async def hang_up(self, _) -> None:
        self._writer.close()

    async def reset(self, _) -> None:
        self._reset()

    async def garbage(self, _) -> None:
        self._send("this is no HTTP\r\n\r\n")
        self._writer.close()

    async def bad_status(self, _) -> None:
        self._send("HTTP/1.1 abc Bad\r\nContent-Length: 0\r\n\r\n")
        self._writer.close()

    async def half_head(self, _) -> None:
        self._send("HTTP/1.1 200 OK\r\nContent-Le")
        self._writer.close()

    async def no_reason(self, _) -> None:
        self._send("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n")

    async def latin1_reason(self, _) -> None:
        self._send("HTTP/1.1 500 Gr\xfc\xdfe\r\nContent-Length: 0\r\n\r\n")

    async def huge_header(self, argument) -> None:
        self._reply("ok", "X-Huge: " + "h" * int(argument))

    async def many_headers(self, argument) -> None:
        self._reply("ok", *(f"X-{i}: {i}" for i in range(int(argument))))

    async def folded_header(self, _) -> None:
        self._reply("ok", "X-Folded: a\r\n b")

    async def close_header(self, _) -> None:
        self._reply("ok", "Connection: close")
        self._writer.close()

    async def close_after(self, _) -> None:
        """Keep-alive by its words, but the connection is closed: the next request needs a new one."""
        self._reply("ok")
        self._writer.close()


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def make_certificate(certificate: Path, key: Path, name: str) -> None:
    """Self-signed, for this name; valid for the test alone."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName=DNS:{name}"),
        ],
        check=True,
        capture_output=True,
    )
