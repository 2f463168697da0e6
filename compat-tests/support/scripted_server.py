"""A server that plays scripts: raw bytes, pauses and ends of connections, and what it received on which connection.

Each script listens on a port of its own. A script maps a path to steps. When the head of a request for that path has
arrived, the steps run one after the other:

* bytes are sent; a number is a pause in seconds; a function is called with the `Peer`;
* before the first step the request's body is read, unless `early` is the first step.

`ON_ACCEPT` maps to steps that run before the first request, `IDLE` to steps that run when the client asks for
`<sync_url>/<script>`. The answer to that comes after them, so what they did has reached the client. A path without
steps is answered with `OK`.
"""

from __future__ import annotations

import contextlib
import resource
import select
import selectors
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from .settings import LOOPBACK

ON_ACCEPT = "on accept"
IDLE = "idle"
CONNECT = "CONNECT"
"""The key of a script for a proxy's tunnels."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

_PATIENCE = 20.0
"""Seconds after which a connection is given up, so that no thread hangs."""

_RECEIVE_BUFFER = 64 * 1024
"""Bytes. What a server doesn't read soon stops its client."""

_PIECE = 300
"""Bytes of a handshake at once, if it is slow."""

Step = Any
Script = dict[str, list[Step]]


class Closed(Exception):
    """The connection has ended."""


class Peer:
    """The server's end of a connection."""

    def __init__(self, sock: socket.socket, number: int, server: ScriptedServer, script: str):
        self.socket = sock
        self.number = number
        self.server = server
        self.script = script
        self.length = 0  # of the body of the current request that has not been read
        self._tls: ssl.SSLObject | None = None
        self._buffer = b""
        self._order, self._orders = socket.socketpair()
        self._obeyed = threading.Event()

    def be_idle(self) -> None:
        """Called by another thread: lets the connection's own thread run its IDLE steps, and waits for their end."""
        self._order.send(b"x")
        self._obeyed.wait(_PATIENCE)

    def wait_for_request(self, idle: list[Step]) -> None:
        """Until there is something to read. Runs `idle` when another thread calls be_idle()."""
        while not self._buffer and not (self._tls and self._incoming.pending):
            # A thread that waits in recv() would delay a close.
            poll = select.poll()  # select() can't take the numbers of many open files
            for readable in (self.socket, self._orders):
                poll.register(readable, select.POLLIN)
            if self._orders.fileno() not in (fd for fd, _ in poll.poll(_PATIENCE * 1000)):
                return
            self._orders.recv(1)
            try:
                _run(idle, self)
            finally:
                self._obeyed.set()

    def end(self) -> None:
        self._obeyed.set()
        with contextlib.suppress(OSError):
            self.socket.close()
        self._orders.close()
        self._order.close()

    def note(self, request: str) -> None:
        """For seen()."""
        self.server.note(self.script, f"{self.number} {request}")

    # TLS, over memory: a script may cut or delay records

    def start_tls(self, *, pause: float = 0.0) -> None:
        """@param pause seconds between the pieces of the handshake"""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = self.server.tls_context(self.script)
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            except ssl.SSLError:
                self._flush()  # the alert
                raise
            records = self._outgoing.read()
            while records:
                self.send_raw(records[:_PIECE] if pause else records)
                records = records[_PIECE:] if pause else b""
                time.sleep(pause if records else 0)
            if done:
                self._tls = tls
                return
            self._incoming.write(self._receive_raw())

    def alpn(self) -> str | None:
        return self._tls.selected_alpn_protocol()

    def close_notify(self) -> None:
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self._flush()

    def record(self, data: bytes) -> bytes:
        """What would be sent for `data`."""
        self._tls.write(data)
        return self._outgoing.read()

    # Bytes

    def send(self, data: bytes) -> None:
        self.send_raw(self.record(data) if self._tls else data)

    def send_raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> bytes:
        """At least one byte. Throws Closed."""
        while self._tls:
            try:
                if data := self._tls.read(2**16):
                    return data
                raise Closed
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(self._receive_raw())
            except ssl.SSLError:
                self._flush()
                raise Closed from None
        return self._receive_raw()

    def read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._buffer += self.receive()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def skip_body(self, size: int) -> None:
        """Reads at most this number of bytes of the request's body."""
        size = min(size, self.length)
        self.length -= size
        while size > len(self._buffer):
            size -= len(self._buffer)
            self._buffer = self.receive()
        self._buffer = self._buffer[size:]

    def read_head(self) -> bytes:
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self.receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head

    def _receive_raw(self) -> bytes:
        try:
            data = self.socket.recv(2**16)
        except OSError:
            raise Closed from None
        if not data:
            raise Closed
        return data

    def _flush(self) -> None:
        with contextlib.suppress(OSError):
            self.send_raw(self._outgoing.read())


# Steps


def early(_: Peer) -> None:
    """As the first step: the steps run before the request's body is read."""


def body(peer: Peer) -> None:
    """Reads the rest of the request's body."""
    peer.skip_body(peer.length)


def fin(peer: Peer) -> None:
    """Sends nothing more, but reads on: closes without a reset."""
    peer.socket.shutdown(socket.SHUT_WR)


def close(peer: Peer) -> None:
    """Closes. The kernel resets the connection if there is something unread."""
    peer.socket.close()
    raise Closed


def reset(peer: Peer) -> None:
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    close(peer)


def tls(peer: Peer) -> None:
    peer.start_tls()


def close_notify(peer: Peer) -> None:
    peer.close_notify()


def half_record(peer: Peer) -> None:
    """The first bytes of a TLS record."""
    record = peer.record(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    peer.send_raw(record[: len(record) // 2])


def hello(peer: Peer) -> None:
    """Reads the first bytes of a TLS client."""
    peer.receive()


def endless(peer: Peer) -> None:
    """Sends without an end, in time."""
    with contextlib.suppress(OSError):
        while True:
            peer.send(b"line\n" * 200)
            time.sleep(0.002)
    raise Closed


def silent(peer: Peer) -> None:
    """Does nothing until the client closes the connection."""
    with contextlib.suppress(Closed):
        while True:
            peer.receive()
    raise Closed


def deaf(peer: Peer) -> None:
    """Does not even read, until the client closes the connection."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and not _hung_up(peer.socket):
        time.sleep(0.02)
    raise Closed


def _hung_up(sock: socket.socket) -> bool:
    state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    established = 1
    return state != established


def bytewise(data: bytes, pause: float) -> list[Step]:
    steps: list[Step] = []
    for byte in data:
        steps += [bytes([byte]), pause]
    return steps


def read_slowly(size: int, pause: float) -> Step:
    """Reads the body in pieces of this number of bytes."""

    def step(peer: Peer) -> None:
        while peer.length:
            peer.skip_body(size)
            time.sleep(pause)

    return step


class ScriptedServer:
    """Plays each script on a port of its own, each connection on a thread of its own.

    @param tls_context gives the context of the step `tls` of a script
    @param address where it listens. Hundreds of ports of 127.0.0.1 would be in the way of other tests.
    """

    def __init__(self, scripts: dict[str, Script | Callable[[Peer], None]], tls_context: Callable[[str], ssl.SSLContext], address: Callable[[str], str] = lambda _: LOOPBACK):
        _allow_open_files(5 * len(scripts))
        self.tls_context = tls_context
        self._scripts = scripts
        self._seen: dict[str, list[str]] = {name: [] for name in scripts}
        self._heads: dict[str, list[bytes]] = {name: [] for name in scripts}
        self._open: dict[str, list[Peer]] = {name: [] for name in scripts}
        self._sockets: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()
        self.ports = {name: self._listen(name, address(name)) for name in scripts}
        self.sync_url = f"http://{LOOPBACK}:{self._listen(None, LOOPBACK)}"
        self._ended = False
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def seen(self, script: str) -> list[str]:
        """Its requests in order: "<number of the connection> <method> <target>"."""
        return list(self._seen[script])

    def note(self, script: str, request: str) -> None:
        self._seen[script].append(request)

    def heads(self, script: str) -> list[bytes]:
        return list(self._heads[script])

    def close(self) -> None:
        self._ended = True
        self._accepting.join()
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._selector.close()

    def _listen(self, name: str | None, address: str) -> int:
        listener = socket.create_server((address, 0), backlog=16)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._sockets.append(listener)
        self._selector.register(listener, selectors.EVENT_READ, name)
        return listener.getsockname()[1]

    def _accept(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select(timeout=0.1):
                sock, _ = key.fileobj.accept()
                sock.settimeout(_PATIENCE)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.append(sock)
                threading.Thread(target=self._serve, args=(key.data, sock), daemon=True).start()

    def _serve(self, name: str | None, sock: socket.socket) -> None:
        if name is None:
            peer, play = Peer(sock, 0, self, ""), self._synchronize
        else:
            number = len(self._open[name])
            peer = Peer(sock, number, self, name)
            self._open[name].append(peer)
            script = self._scripts[name]
            play = script if callable(script) else lambda peer: self._play(name, script, peer)
        with contextlib.suppress(Closed, OSError, ssl.SSLError):
            play(peer)
        peer.end()

    def _play(self, name: str, script: Script, peer: Peer) -> None:
        _run(script.get(ON_ACCEPT, []), peer)
        while True:
            peer.wait_for_request(script.get(IDLE, []))
            head = peer.read_head()
            method, target, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ", 2)
            peer.note(f"{method} {target}")
            self._heads[name].append(head)
            peer.length = _body_length(head)
            steps = script.get(CONNECT if method == CONNECT else _path(target), [OK])
            if not steps or steps[0] is not early:
                body(peer)
            _run(steps, peer)

    def _synchronize(self, peer: Peer) -> None:
        while True:
            name = peer.read_head().split(b" ")[1].decode().lstrip("/")
            for other in self._open[name]:
                with contextlib.suppress(OSError):
                    other.be_idle()
            time.sleep(0.02)  # this answer must not overtake a reset on its way through the kernel of a busy machine
            peer.send(OK)


def _allow_open_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count if hard == resource.RLIM_INFINITY else min(count, hard), hard))


def _run(steps: list[Step], peer: Peer) -> None:
    for step in steps:
        if isinstance(step, bytes):
            peer.send(step)
        elif callable(step):
            step(peer)
        else:
            time.sleep(step)


def _path(target: str) -> str:
    """Of a path or, as proxies get it, of a URL."""
    return "/" + target.split("/", 3)[3] if target.startswith("http://") else target


def _body_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
