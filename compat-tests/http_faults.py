"""The faults of servers that test_http_faults.py tests, and the differences between our clients and Python's.

A fault has calls as in http_cases.py, and a script for its server (support/scripted_server.py). `sync` among the calls
lets the server run its IDLE steps. `{address}`, `{port}` and so on are filled in as in http_cases.py.

The outcome of Python's client is the expected one, unless `OURS` at the end says what is ours, and why.
`NOT_OVER_LIBCURL` names the faults whose outcome over libcurl, the second engine of HttpUser, is libcurl's.
"""

from __future__ import annotations

import dataclasses
import gzip
import zlib
from typing import Any

import brotli

from http_cases import call
from support.scripted_server import (
    CONNECT,
    IDLE,
    OK,
    ON_ACCEPT,
    Script,
    body,
    bytewise,
    close,
    close_notify,
    deaf,
    early,
    endless,
    fin,
    half_record,
    hello,
    read_slowly,
    reset,
    silent,
    tls,
)

ADDRESS = "127.0.0.2"
"""Of the servers without TLS."""

HTTP, FAST = "HttpCaseUser", "FastHttpCaseUser"
ALL = (HTTP, FAST)

SHORT = 0.4
"""A timeout that expires."""

MEDIUM = 1.5
"""A timeout that expires for one of the clients, while the other one makes ordinary requests."""

PATIENT = 2.0
"""A timeout in which something happens again and again."""

STEP = 0.6
"""Seconds between two bytes: much less than PATIENT, but four of them are more."""

Outcome = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Fault:
    id: str
    calls: list[dict[str, Any]]
    script: Script
    host: str = "http://{address}:{port}"
    session: dict[str, Any] = dataclasses.field(default_factory=dict)
    clients: tuple[str, ...] = ALL
    client_certificate: bool = False
    """The server wants one."""
    connections: bool = True
    """Which request came over which connection is compared, too."""
    sent: tuple[str, ...] = ()
    """Headers of the requests that are compared, too."""


FAULTS: list[Fault] = []


def fault(fault_id: str, calls: list[dict[str, Any]], script: Script, **more: Any) -> None:
    assert all(known.id != fault_id for known in FAULTS), fault_id
    FAULTS.append(Fault(fault_id, calls, script, **more))


def get(path: str, *, more: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return call("GET", path, more=more, **options)


def post(path: str, **options: Any) -> dict[str, Any]:
    return call("POST", path, **(options if "data_size" in options else {"data": "x"} | options))


sync = {"sync": True}

TRUST = {"verify": "{certificate}"}
TLS_HOST = "https://localhost:{port}"


def over_tls(script: Script, **more: Any) -> dict[str, Any]:
    return {"script": {ON_ACCEPT: [tls], **script}, "host": TLS_HOST, "session": TRUST} | more


def answer(content: bytes = b"ok", *lines: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(content)}"]
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + content


def chunked(*pieces: bytes, lines: tuple[str, ...] = (), trailer: bytes = b"") -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", *lines, "Transfer-Encoding: chunked"]) + "\r\n\r\n"
    return head.encode() + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n" + trailer + b"\r\n"


# Idle connections: what comes over them is never an answer

STRAY = answer(b"stray", "Connection: close", status="408 Request Timeout")

for _name, _idle in {
    "answer": [STRAY],
    "answer-fin": [STRAY, fin],
    "answer-reset": [STRAY, 0.02, reset],
    "half-answer": [STRAY[:20]],
    "line-end": [b"\r\n"],
    "zero": [b"\0"],
    "large": [answer(b"s" * 200_000)],
    "interim": [b"HTTP/1.1 100 Continue\r\n\r\n"],
    "fin": [fin],
    "close": [close],
    "reset": [reset],
}.items():
    for _method, _second in {"get": get("/b"), "post": post("/b")}.items():
        fault(f"idle-{_name}-{_method}", [get("/a"), sync, _second], {IDLE: _idle})

for _name, _idle in {
    "answer": [STRAY],
    "notify": [close_notify],
    "notify-fin": [close_notify, fin],
    "fin": [fin],
    "reset": [reset],
    "half-record": [half_record],
    "garbage": [lambda peer: peer.send_raw(b"no TLS record")],
    "half-header": [lambda peer: peer.send_raw(b"\x17\x03")],
}.items():
    for _method, _second in {"get": get("/b"), "post": post("/b")}.items():
        fault(f"idle-tls-{_name}-{_method}", [get("/a"), sync, _second], **over_tls({IDLE: _idle}))

# The same after answers of every framing: the connection was kept, and is found dead.
for _name, _answer, _call in (
    ("204", b"HTTP/1.1 204 No Content\r\n\r\n", get("/a")),
    ("304", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", get("/a")),
    ("head", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", call("HEAD", "/a")),
    ("chunks", chunked(b"two", b"chunks"), get("/a")),
    ("trailer", chunked(b"chunk", trailer=b"X-T: 1\r\n"), get("/a")),
    ("empty", answer(b""), get("/a")),
    ("404", answer(b"no", status="404 Not Found"), get("/a")),
    ("interim", b"HTTP/1.1 100 Continue\r\n\r\n" + OK, get("/a")),
):
    fault(f"idle-after-{_name}-kept", [_call, sync, get("/b")], {"/a": [_answer]})
    fault(f"idle-after-{_name}-answer", [_call, sync, get("/b")], {"/a": [_answer], IDLE: [STRAY]})
    fault(f"idle-after-{_name}-closed", [_call, sync, post("/b")], {"/a": [_answer], IDLE: [close]})

# Bytes behind an answer, in the same piece. Python drops what its buffer has and goes on with the connection.
_FULL = 65536
for _name, _answer, _call in (
    ("length", OK, get("/a")),
    ("204", b"HTTP/1.1 204 No Content\r\n\r\n", get("/a")),
    ("304", b"HTTP/1.1 304 Not Modified\r\n\r\n", get("/a")),
    ("head", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", call("HEAD", "/a")),
    ("chunks", chunked(b"chunk"), get("/a")),
    ("empty", answer(b""), get("/a")),
):
    for _kind, _stray in {"answer": STRAY, "garbage": b"stray!", "line-end": b"\r\n"}.items():
        fault(f"behind-{_name}-{_kind}", [_call, sync, get("/b")], {"/a": [_answer + _stray]})


def _filling(size: int) -> bytes:
    """An answer whose body has this number of bytes."""
    head = len(answer(b"x" * size)) - size
    return answer(b"x" * (size - head))


for _name, _size in {"buffer": _FULL, "buffer-and-one": _FULL + 1, "two-buffers": 2 * _FULL, "tls-record": 16384}.items():
    assert len(_filling(_size)) == _size
    fault(f"behind-full-{_name}", [get("/a"), sync, get("/b")], {"/a": [_filling(_size) + STRAY]})
    fault(f"behind-full-{_name}-later", [get("/a"), sync, get("/b")], {"/a": [_filling(_size)], IDLE: [STRAY]})
    fault(f"behind-full-{_name}-closed", [get("/a"), sync, post("/b")], {"/a": [_filling(_size), fin]})
    fault(f"behind-full-{_name}-tls", [get("/a"), sync, get("/b")], **over_tls({"/a": [_filling(_size) + STRAY]}))
    fault(f"behind-full-{_name}-tls-later", [get("/a"), sync, get("/b")], **over_tls({"/a": [_filling(_size)], IDLE: [STRAY]}))
    fault(f"behind-full-{_name}-kept", [get("/a"), sync, get("/b")], **over_tls({"/a": [_filling(_size)]}))

# Servers that close after some requests

for _name, _script in {
    "silently": {"/b": [OK, fin], "/d": [OK, fin]},
    "with-header": {"/b": [answer(b"ok", "Connection: close"), fin], "/d": [answer(b"ok", "connection: Keep-Alive, Close"), fin]},
    "with-header-late": {"/b": [answer(b"ok", "Connection: close")], "/d": [answer(b"ok", "Connection: close")]},
    "keep-alive-0": {"/b": [answer(b"ok", "Keep-Alive: timeout=0, max=0"), fin]},
    "http10": {"/b": [OK.replace(b"1.1", b"1.0"), fin], "/d": [b"HTTP/1.0 200 OK\r\n\r\nto the end", close]},
    "http10-kept": {"/b": [b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"]},
}.items():
    _calls = [get("/a"), post("/b"), sync, post("/c"), get("/d"), sync, get("/e")]
    fault(f"closes-{_name}", _calls, _script)
    fault(f"closes-{_name}-tls", _calls, **over_tls(_script))

# Neither HTTP nor TLS

fault("https-to-http", [get("/a"), get("/b")], {ON_ACCEPT: [hello, answer(b"no", status="400 Bad Request"), close]}, host=TLS_HOST, session=TRUST)
fault("https-to-silent-close", [get("/a")], {ON_ACCEPT: [hello, fin]}, host=TLS_HOST, session=TRUST)
fault("https-to-reset", [get("/a")], {ON_ACCEPT: [hello, reset]}, host=TLS_HOST, session=TRUST)
fault("https-to-alert", [get("/a")], {ON_ACCEPT: [hello, b"\x15\x03\x03\x00\x02\x02\x28", close]}, host=TLS_HOST, session=TRUST)
fault("http-to-https", [get("/a")], {"/a": [b"\x15\x03\x01\x00\x02\x02\x46", close]})
fault("http-to-tls-400", [get("/a")], {"/a": [answer(b"plain", status="400 Bad Request"), close]})

# Redirects with broken bodies

MOVED = "302 Found"
TO = "Location: /landed"


def _moved(rest: bytes, status: str = MOVED) -> bytes:
    return f"HTTP/1.1 {status}\r\n{TO}\r\n".encode() + rest


_BROKEN: dict[str, list[Any]] = {
    "cut": [_moved(b"Content-Length: 100\r\n\r\nhalf"), close],
    "none": [_moved(b"Content-Length: 100\r\n\r\n"), close],
    "reset": [_moved(b"Content-Length: 100\r\n\r\nhalf"), 0.05, reset],
    "more": [_moved(b"Content-Length: 4\r\n\r\nmore than announced")],
    "until-close": [_moved(b"\r\nuntil the end"), close],
    "until-close-empty": [_moved(b"\r\n"), close],
    "bad-length": [_moved(b"Content-Length: x\r\n\r\nbody"), close],
    "negative-length": [_moved(b"Content-Length: -4\r\n\r\nbody"), close],
    "chunks-cut": [_moved(b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), close],
    "chunks-cut-inside": [_moved(b"Transfer-Encoding: chunked\r\n\r\nff\r\nhalf"), close],
    "chunks-none": [_moved(b"Transfer-Encoding: chunked\r\n\r\n"), close],
    "chunks-bad-late": [_moved(b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), 0.05, b"no chunk\r\n", close],
    "chunks-reset": [_moved(b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), 0.05, reset],
    "gzip": [_moved(b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip!!")],
    "gzip-cut": [_moved(b"Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n" + gzip.compress(b"text", mtime=0)[:10])],
    "gzip-chunked": [_moved(b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nno gzip!!\r\n0\r\n\r\n")],
    "deflate": [_moved(b"Content-Encoding: deflate\r\nContent-Length: 9\r\n\r\nno zlib!!")],
    "unknown": [_moved(b"Content-Encoding: rot13\r\nContent-Length: 2\r\n\r\nok")],
    "gzip-and-cut": [_moved(b"Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\nno gzip!!"), close],
}
for _name, _steps in _BROKEN.items():
    fault(f"redirect-{_name}", [get("/moved"), get("/next")], {"/moved": _steps}, connections=False)
for _name in ("cut", "reset", "chunks-cut", "gzip", "more"):
    fault(f"redirect-{_name}-post", [post("/moved")], {"/moved": _BROKEN[_name]}, connections=False)
    fault(f"redirect-{_name}-kept-method", [post("/moved")], {"/moved": [_BROKEN[_name][0].replace(b"302 Found", b"307 Moved"), *_BROKEN[_name][1:]]}, connections=False)
    fault(f"redirect-{_name}-not-followed", [get("/moved", allow_redirects=False)], {"/moved": _BROKEN[_name]}, connections=False)
    fault(f"redirect-{_name}-streamed", [get("/moved", more={"read": 5}, stream=True)], {"/moved": _BROKEN[_name]}, clients=(HTTP,), connections=False)
    fault(f"redirect-{_name}-tls", [get("/moved")], **over_tls({"/moved": _BROKEN[_name]}), connections=False)
fault("redirect-chunks-bad", [get("/moved")], {"/moved": [_moved(b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n"), close]})
fault("redirect-br", [get("/moved")], {"/moved": [_moved(b"Content-Encoding: br\r\nContent-Length: 9\r\n\r\nno brotli")]})
fault("redirect-endless", [get("/moved")], {"/moved": [_moved(b"\r\n"), endless]}, clients=(FAST,))
fault("redirect-endless-chunks", [get("/moved")], {"/moved": [_moved(b"Transfer-Encoding: chunked\r\n\r\nffffff\r\n"), endless]}, clients=(FAST,))
fault("redirect-never", [get("/moved", timeout=SHORT)], {"/moved": [_moved(b"Content-Length: 100\r\n\r\nhalf"), silent]})
fault("redirect-head", [call("HEAD", "/moved", allow_redirects=True)], {"/moved": [_moved(b"Content-Length: 100\r\n\r\n")]})
fault("redirect-twice", [get("/moved")], {"/moved": _BROKEN["cut"], "/landed": [answer(b"", "Location: /again", status=MOVED)], "/again": [OK]})

# Content codings

ONE, TWO = gzip.compress(b"first ", mtime=0), gzip.compress(b"second", mtime=0)
_RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
RAW = _RAW.compress(b"raw") + _RAW.flush()
_BODIES: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", ONE),
    "gzip-members": ("gzip", ONE + TWO),
    "gzip-three-members": ("gzip", ONE + TWO + ONE),
    "gzip-zeros": ("gzip", ONE + bytes(16)),
    "gzip-line-end": ("gzip", ONE + b"\r\n"),
    "gzip-garbage": ("gzip", ONE + b"no gzip"),
    "gzip-half-member": ("gzip", ONE + TWO[:15]),
    "gzip-half-header": ("gzip", ONE + TWO[:3]),
    "gzip-name": ("gzip", ONE[:3] + b"\x08" + ONE[4:10] + b"name.txt\0" + ONE[10:]),
    "gzip-extra": ("gzip", ONE[:3] + b"\x04" + ONE[4:10] + b"\x02\x00xx" + ONE[10:]),
    "gzip-comment": ("gzip", ONE[:3] + b"\x10" + ONE[4:10] + b"said\0" + ONE[10:]),
    "gzip-empty-member": ("gzip", gzip.compress(b"", mtime=0)),
    "gzip-empty-then": ("gzip", gzip.compress(b"", mtime=0) + TWO),
    "gzip-checksum": ("gzip", ONE[:-8] + bytes([ONE[-8] ^ 1]) + ONE[-7:]),
    "gzip-size": ("gzip", ONE[:-1] + b"\1"),
    "gzip-second-checksum": ("gzip", ONE + TWO[:-8] + bytes([TWO[-8] ^ 1]) + TWO[-7:]),
    "gzip-no-checksum": ("gzip", ONE[:-8]),
    "gzip-half-checksum": ("gzip", ONE[:-4]),
    "gzip-truncated": ("gzip", ONE[:14]),
    "gzip-header-only": ("gzip", ONE[:10]),
    "gzip-one-byte": ("gzip", ONE[:1]),
    "gzip-wrong-method": ("gzip", ONE[:2] + b"\x07" + ONE[3:]),
    "gzip-is-zlib": ("gzip", zlib.compress(b"zlib")),
    "gzip-is-plain": ("gzip", b"plain"),
    "gzip-large": ("gzip", gzip.compress(b"large " * 100_000, mtime=0)),
    "x-gzip": ("x-gzip", ONE),
    "gzip-upper": ("GZIP", ONE),
    "gzip-space": (" gzip ", ONE),
    "zlib": ("deflate", zlib.compress(b"zlib")),
    "zlib-behind": ("deflate", zlib.compress(b"zlib") + b"behind"),
    "zlib-checksum": ("deflate", zlib.compress(b"zlib")[:-1] + b"\0"),
    "zlib-truncated": ("deflate", zlib.compress(b"zlib")[:-5]),
    "raw": ("deflate", RAW),
    "raw-behind": ("deflate", RAW + b"behind"),
    "raw-truncated": ("deflate", RAW[:-2]),
    "deflate-is-gzip": ("deflate", ONE),
    "deflate-is-plain": ("deflate", b"plain"),
    "identity": ("identity", b"plain"),
    "none": ("", b"plain"),
    "zstd": ("zstd", b"\x28\xb5\x2f\xfd"),
    "compress": ("compress", b"plain"),
    "gzip-identity": ("gzip, identity", ONE),
}
for _name, (_coding, _body) in _BODIES.items():
    _head = (f"Content-Encoding: {_coding}",)
    _bytes = [_body[i : i + 1] for i in range(len(_body))][:300]
    fault(
        f"coding-{_name}",
        [get("/whole"), get("/bytes"), get("/until-close")],
        {
            "/whole": [answer(_body, *_head)],
            "/bytes": [chunked(*(_bytes if len(_body) <= 300 else [_body]), lines=_head)],
            "/until-close": [b"HTTP/1.1 200 OK\r\n" + _head[0].encode() + b"\r\n\r\n" + _body, close],
        },
        connections=False,
    )
for _name in ("gzip-members", "gzip-checksum", "gzip-truncated", "gzip-garbage", "raw", "zlib", "gzip-is-plain", "zlib-checksum"):
    _coding, _body = _BODIES[_name]
    fault(
        f"coding-{_name}-streamed",
        [get("/whole", more={"read": 9}, stream=True), get("/bytes", more={"read": 9}, stream=True)],
        {
            "/whole": [answer(_body, f"Content-Encoding: {_coding}")],
            "/bytes": [chunked(*(_body[i : i + 1] for i in range(len(_body))), lines=(f"Content-Encoding: {_coding}",))],
        },
        clients=(HTTP,),
    )
for _name, (_coding, _body) in {
    "br": ("br", brotli.compress(b"brotli")),
    "br-behind": ("br", brotli.compress(b"brotli") + b"x"),
    "br-truncated": ("br", brotli.compress(b"brotli" * 9)[:-3]),
    "br-is-plain": ("br", b"no brotli"),
    "gzip-br": ("gzip, br", brotli.compress(ONE)),
    "br-gzip": ("br, gzip", gzip.compress(brotli.compress(b"brotli"), mtime=0)),
    "gzip-gzip": ("gzip, gzip", gzip.compress(ONE, mtime=0)),
    "gzip-br-broken": ("gzip, br", ONE),
    "six": ("gzip, gzip, gzip, gzip, gzip, gzip", ONE),
    "unknown-gzip": ("rot13, gzip", ONE),
    "twice": ("gzip\r\nContent-Encoding: br", brotli.compress(ONE)),
}.items():
    fault(f"coding-{_name}", [get("/a"), get("/b")], {"/a": [answer(_body, f"Content-Encoding: {_coding}")]}, clients=(HTTP,), connections=False)

# Header lines that continue on the next one

for _name, _lines in {
    "value": "X: a\r\n b",
    "value-tab": "X: a\r\n\tb",
    "value-thrice": "X: a\r\n b\r\n  c\r\n\td",
    "value-empty": "X:\r\n b",
    "value-only-space": "X: a\r\n ",
    "like-header": "X: a\r\n Content-Length: 7",
    "name": "X\r\n : a",
    "cookie": "Set-Cookie: a=1;\r\n\tPath=/",
    "cookie-value": "Set-Cookie:\r\n a=1",
    "coding": "Content-Encoding:\r\n gzip",
    "connection": "Connection:\r\n close",
    "latin1": "X: a\r\n \xfc",
}.items():
    fault(f"fold-{_name}", [get("/in/a", more=None if _name == "latin1" else {"header": "X"}), sync, get("/b")], {"/in/a": [answer(ONE if _name == "coding" else b"ok", _lines), *([close] if _name == "name" else [])]}, sent=("cookie",))
fault("fold-first", [get("/a"), sync, get("/b")], {"/a": [b"HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 2\r\n\r\nok"]})
fault("fold-first-only", [get("/a"), sync, get("/b")], {"/a": [b"HTTP/1.1 200 OK\r\n folded\r\n\r\nok", close]})
fault("fold-length", [get("/a"), sync, get("/b")], {"/a": [b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok"]})
fault("fold-length-late", [get("/a"), sync, get("/b")], {"/a": [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2\r\n\r\nok", close]})
fault("fold-chunked", [get("/a"), sync, get("/b")], {"/a": [chunked(b"ok").replace(b"Encoding: ", b"Encoding:\r\n ")]})
fault("fold-location", [get("/a")], {"/a": [answer(b"", "Location:\r\n /landed", status=MOVED)]})
fault("fold-location-inside", [get("/a")], {"/a": [answer(b"", "Location: /lan\r\n ded", status=MOVED)]})
fault("fold-trailer", [get("/a"), sync, get("/b")], {"/a": [chunked(b"ok", trailer=b"X: a\r\n b\r\n")]})
fault("fold-interim", [get("/a"), sync, get("/b")], {"/a": [b"HTTP/1.1 100 Continue\r\nX: a\r\n b\r\n\r\n" + OK]})
fault("fold-bytewise", [get("/a"), sync, get("/b")], {"/a": bytewise(answer(b"ok", "X: a\r\n b"), 0.002)})

# Interim answers and 101


def _interim(status: str, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


for _name, _before in {
    "100": _interim("100 Continue"),
    "100-thrice": _interim("100 Continue") * 3,
    "100-header": _interim("100 Continue", "X: 1"),
    "100-length": _interim("100 Continue", "Content-Length: 5"),
    "100-many": _interim("100 Continue") * 40,
    "100-http10": b"HTTP/1.0 100 Continue\r\n\r\n",
    "100-no-reason": b"HTTP/1.1 100\r\n\r\n",
}.items():
    fault(f"interim-{_name}", [get("/a"), post("/b"), get("/c")], {"/a": [_before + OK], "/b": [_before, 0.03, OK]})
for _name, _before in {
    "102": _interim("102 Processing"),
    "103": _interim("103 Early Hints", "Link: </x>; rel=preload"),
    "103-twice": _interim("103 Early Hints", "Link: </x>") * 2,
    "100-103": _interim("100 Continue") + _interim("103 Early Hints"),
    "103-100": _interim("103 Early Hints") + _interim("100 Continue"),
    "199": _interim("199 Odd"),
}.items():
    fault(f"interim-{_name}", [get("/a"), get("/c")], {"/a": [_before + OK]}, clients=(FAST,))
    fault(
        f"interim-{_name}-http",
        [get("/a"), post("/b"), get("/c")],
        {"/a": [_before + OK], "/b": [_before, 0.03, OK]},
        clients=(HTTP,),
    )
fault("interim-then-close", [get("/a")], {"/a": [_interim("100 Continue"), close]})
fault("interim-then-silent", [get("/a", timeout=SHORT)], {"/a": [_interim("100 Continue"), silent]})
fault("interim-then-reset", [get("/a")], {"/a": [_interim("100 Continue"), 0.05, reset]})
fault("interim-then-garbage", [get("/a")], {"/a": [_interim("100 Continue") + b"garbage\r\n\r\n", close]})
fault("interim-half", [get("/a")], {"/a": [_interim("100 Continue")[:-2], close]})
fault("interim-late", [get("/a", timeout=PATIENT)], {"/a": [_interim("100 Continue"), PATIENT * 0.6, _interim("100 Continue"), PATIENT * 0.6, OK]})

UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}
_SWITCHED = _interim("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
for _name, _steps in {
    "alone": [_SWITCHED, silent],
    "data": [_SWITCHED + b"\x81\x05hello", silent],
    "data-late": [_SWITCHED, 0.05, b"\x81\x05hello", silent],
    "closed": [_SWITCHED, close],
    "answer": [_SWITCHED + OK, silent],
}.items():
    fault(f"switch-{_name}", [get("/a", headers=UPGRADE, timeout=MEDIUM), get("/b", timeout=MEDIUM)], {"/a": _steps})
    if _name in ("alone", "data"):
        fault(f"switch-{_name}-unasked", [get("/a", timeout=MEDIUM), get("/b", timeout=MEDIUM)], {"/a": _steps})
fault("switch-idle", [get("/a", timeout=MEDIUM), sync, post("/b", timeout=MEDIUM)], {"/a": [_SWITCHED], IDLE: [b"\x81\x05hello"]})
fault("switch-tls", [get("/a", timeout=MEDIUM), get("/b", timeout=MEDIUM)], **over_tls({"/a": [_SWITCHED + b"\x81\x05hello", silent]}))
fault("switch-post", [post("/a", timeout=MEDIUM), get("/b", timeout=MEDIUM)], {"/a": [_SWITCHED, silent]})

# Expect: 100-continue

EXPECT = {"Expect": "100-continue"}
LARGE = {"data_size": 300_000}
for _name, _steps in {
    "continued": [early, _interim("100 Continue"), body, OK],
    "ignored": [body, OK],
    "417-read": [body, answer(b"no", status="417 Expectation Failed")],
    "413-read": [body, answer(b"no", "Connection: close", status="413 Too Large"), fin],
    "continued-twice": [early, _interim("100 Continue"), body, _interim("100 Continue") + OK],
}.items():
    fault(f"expect-{_name}", [post("/a", **LARGE, headers=EXPECT, timeout=MEDIUM), get("/b", timeout=MEDIUM)], {"/a": _steps})
    fault(f"expect-{_name}-small", [post("/a", headers=EXPECT, timeout=MEDIUM), get("/b", timeout=MEDIUM)], {"/a": _steps})
    if _name in ("continued", "ignored"):
        fault(f"expect-{_name}-tls", [post("/a", **LARGE, headers=EXPECT, timeout=MEDIUM), get("/b", timeout=MEDIUM)], **over_tls({"/a": _steps}))
fault("expect-redirect", [post("/a", **LARGE, headers=EXPECT, timeout=MEDIUM)], {"/a": [answer(b"", "Location: /b", status="307 Moved")]})
fault("expect-get", [get("/a", headers=EXPECT, timeout=MEDIUM)], {"/a": [OK]})

# Answers before the request's body has been sent

HUGE = {"data_size": 10_000_000}
"""More than the buffers of both ends take."""
_REFUSED = answer(b"no", status="413 Too Large")
for _name, _steps in {
    "keeps": [early, _REFUSED, deaf],
    "keeps-after-some": [early, lambda peer: peer.receive(), _REFUSED, deaf],
    "closes": [early, _REFUSED, 0.1, close],
    "closes-header": [early, answer(b"no", "Connection: close", status="413 Too Large"), 0.1, close],
    "resets": [early, _REFUSED, 0.1, reset],
    "shuts": [early, _REFUSED, fin, deaf],
}.items():
    _calls = [post("/a", **HUGE, timeout=MEDIUM), get("/b", timeout=MEDIUM)]
    fault(f"early-{_name}", _calls, {"/a": _steps})
    fault(f"early-{_name}-tls", _calls, **over_tls({"/a": _steps}))

_LONG_CALLS = [post("/a", **HUGE, timeout=20), get("/b", timeout=20)]
for _name, _steps in {
    "then-reads": [early, OK, body],
    "in-halves": [early, OK[:-1], body, OK[-1:]],
    "head-first": [early, OK[: OK.index(b"ok")], body, b"ok"],
    "half-head": [early, OK[:20], body, OK[20:]],
    "chunks": [early, chunked(b"ok")[:-5], body, chunked(b"ok")[-5:]],
    "until-close": [early, b"HTTP/1.1 200 OK\r\n\r\no", body, b"k", fin],
    "status-line": [early, b"HTTP/1.1 200 OK\r\n", body, OK.partition(b"\r\n")[2]],
}.items():
    fault(f"full-duplex-{_name}", _LONG_CALLS, {"/a": _steps}, connections=_name != "then-reads")
    fault(f"full-duplex-{_name}-tls", _LONG_CALLS, **over_tls({"/a": _steps}), connections=_name != "then-reads")
fault("early-redirect", [post("/a", **HUGE, timeout=20)], {"/a": [early, answer(b"", "Location: /b", status="303 See"), body]}, connections=False)
fault("sent-and-reset", [post("/a")], {"/a": [early, 0.05, reset]})
fault("sent-and-closed", [post("/a")], {"/a": [early, 0.05, close]})

# Timeouts: they count from the last byte

_SLOW_HEAD = b"HTTP/1.1 200 OK\r\nX-Slow: 1234\r\n"
for _name, _steps in {
    "head": bytewise(b"HTTP", STEP) + [OK[4:]],
    "header": [b"HTTP/1.1 200 OK\r\n"] + bytewise(b"X: 1", STEP) + [b"\r\nContent-Length: 2\r\n\r\nok"],
    "body": [answer(b"x" * 4)[:-4]] + bytewise(b"x" * 4, STEP),
    "chunk-size": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] + bytewise(b"0002", STEP) + [b"\r\nok\r\n0\r\n\r\n"],
    "chunk-extension": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;"] + bytewise(b"ex=1", STEP) + [b"\r\nok\r\n0\r\n\r\n"],
    "trailer": [chunked(b"ok")[:-2]] + bytewise(b"X: 1", STEP) + [b"\r\n\r\n"],
    "interim": bytewise(_interim("100 Continue")[:4], STEP) + [_interim("100 Continue")[4:] + OK],
    "until-close": [b"HTTP/1.1 200 OK\r\n\r\n"] + bytewise(b"0123", STEP) + [close],
    "gzip": [answer(ONE, "Content-Encoding: gzip")[: -len(ONE)]] + bytewise(ONE[:4], STEP) + [ONE[4:]],
}.items():
    fault(f"trickle-{_name}", [get("/a", timeout=PATIENT)], {"/a": _steps})
fault("trickle-tls", [get("/a", timeout=PATIENT)], {ON_ACCEPT: [lambda peer: peer.start_tls(pause=STEP)]}, host=TLS_HOST, session=TRUST)
fault("trickle-tls-body", [get("/a", timeout=PATIENT)], **over_tls({"/a": [answer(b"x" * 4)[:-4]] + bytewise(b"x" * 4, STEP)}))
fault("trickle-upload", [post("/a", **HUGE, timeout=2)], {"/a": [early, read_slowly(500_000, 0.02), OK]})

for _name, _steps in {
    "answer": [silent],
    "status-line": [b"HTTP/1.1 200", silent],
    "head": [b"HTTP/1.1 200 OK\r\nX: 1\r\n", silent],
    "body": [answer(b"cut")[:-1], silent],
    "body-not-begun": [answer(b"cut")[:-3], silent],
    "until-close": [b"HTTP/1.1 200 OK\r\n\r\nbegun", silent],
    "chunk": [chunked(b"begun")[:-5], silent],
    "chunk-size": [chunked(b"begun")[:-5] + b"1", silent],
    "trailer": [chunked(b"begun", trailer=b"X: 1\r\n")[:-2], silent],
}.items():
    fault(f"expires-{_name}", [get("/a", timeout=SHORT), get("/b", timeout=5)], {"/a": _steps})
fault("expires-handshake", [get("/a", timeout=SHORT)], {ON_ACCEPT: [silent]}, host=TLS_HOST, session=TRUST)
fault("expires-half-handshake", [get("/a", timeout=SHORT)], {ON_ACCEPT: [hello, b"\x16\x03\x03\x00\x7a\x02", silent]}, host=TLS_HOST, session=TRUST)
fault("expires-upload", [post("/a", **HUGE, timeout=SHORT)], {"/a": [early, deaf]})
fault("expires-upload-tls", [post("/a", **HUGE, timeout=SHORT)], **over_tls({"/a": [early, deaf]}))
fault("expires-streamed", [get("/a", more={"read": 5}, stream=True, timeout=SHORT)], {"/a": [answer(b"one\ntwo\nthree")[:-3], silent]}, clients=(HTTP,))
fault("expires-tls-body", [get("/a", timeout=SHORT)], **over_tls({"/a": [answer(b"cut")[:-1], silent]}))
fault("expires-tls-half-record", [get("/a", timeout=SHORT)], **over_tls({"/a": [half_record, silent]}))

# Broken off

for _name, _end in {"closed": close, "reset": reset}.items():
    for _where, _begun in {
        "at-once": b"",
        "status-line": b"HTTP/1.1 20",
        "head": b"HTTP/1.1 200 OK\r\nX: 1\r\n",
        "body": answer(b"cut")[:-1],
        "chunk": chunked(b"begun")[:-7],
        "chunk-end": chunked(b"begun")[:-5],
        "last-chunk": chunked(b"begun")[:-2],
        "trailer": chunked(b"begun", trailer=b"X: 1\r\n")[:-2],
    }.items():
        for _method, _call in {"get": get("/a"), "post": post("/a")}.items():
            fault(f"{_name}-{_where}-{_method}", [_call, get("/b")], {"/a": [_begun, 0.03, _end]})
for _name, _steps in {
    "tls-cut": [answer(b"cut")[:-1], close],
    "tls-cut-notified": [answer(b"cut")[:-1], close_notify, close],
    "tls-until-close": [b"HTTP/1.1 200 OK\r\n\r\nbegun", close],
    "tls-until-notified": [b"HTTP/1.1 200 OK\r\n\r\nbegun", close_notify, close],
    "tls-closed": [close],
    "tls-notified": [close_notify, close],
    "tls-garbage": [lambda peer: peer.send_raw(b"this is no TLS record"), close],
    "tls-garbage-in-body": [answer(b"cut")[:-1], lambda peer: peer.send_raw(b"this is no TLS record"), close],
    "tls-alert": [lambda peer: peer.send_raw(b"\x15\x03\x03\x00\x02\x02\x28"), close],
    "tls-half-record": [half_record, close],
}.items():
    fault(_name, [get("/a"), get("/b")], **over_tls({"/a": _steps}))

# Headers and cookies

VIRTUAL = {"Host": "www.shop.example"}
fault("host-cookies", [get("/a", headers=VIRTUAL), get("/b", headers=VIRTUAL), get("/c")], {"/a": [answer(b"ok", "Set-Cookie: d=1; Domain=shop.example; Path=/", "Set-Cookie: p=1; Path=/")]}, sent=("host", "cookie"))
fault("host-cookies-redirect", [get("/a", headers=VIRTUAL)], {"/a": [answer(b"", "Set-Cookie: d=1; Domain=shop.example; Path=/", "Set-Cookie: p=1; Path=/", "Location: /b", status=MOVED)]}, sent=("host", "cookie"))
fault("host-redirect-post", [post("/a", headers=VIRTUAL)], {"/a": [answer(b"", "Location: /b", status="307 Moved")]}, sent=("host", "cookie"))
fault("host-redirect-foreign", [get("/a", headers=VIRTUAL)], {"/a": [answer(b"", "Location: http://localhost:1/b", status=MOVED)]}, sent=("host", "cookie"))
fault("host-session", [get("/a"), get("/b")], {"/a": [answer(b"", "Set-Cookie: d=1; Domain=shop.example; Path=/", "Location: /c", status=MOVED)]}, session={"headers": VIRTUAL}, sent=("host", "cookie"))
for _name, _cookie in {
    "asctime": "a=1; Expires=Sun Nov  6 08:49:37 2094; Path=/",
    "rfc850": "a=1; Expires=Sunday, 06-Nov-94 08:49:37 GMT; Path=/",
    "zero": "a=1; Expires=0; Path=/",
    "zone": "a=1; Expires=Sat, 06 Nov 2094 08:49:37 +0200; Path=/",
    "year-10000": "a=1; Expires=Fri, 31-Dec-10000 23:59:59 GMT; Path=/",
    "max-age-float": "a=1; Max-Age=60.5; Path=/",
    "max-age-minus": "a=1; Max-Age=-5; Path=/",
    "max-age-space": "a=1; Max-Age= 60 ; Path=/",
    "max-age-under": "a=1; Max-Age=6_0; Path=/",
    "max-age-empty": "a=1; Max-Age=; Path=/",
    "max-age-name": "a=1; Max-Age=sixty; Path=/",
    "max-age-wins": "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/",
    "max-age-arabic": "a=1; Max-Age=\xb2; Path=/",
    "quoted": 'a="b c,d"; Path=/',
    "equals": "a=a=b==; Path=/",
    "empty": "a=; Path=/",
    "flags": "a=1; HttpOnly; SameSite=None; Priority=High; Partitioned; Path=/",
    "spaces": "  a  =  1  ;  Path = /  ",
    "domain-ip": f"a=1; Domain={ADDRESS}; Path=/",
    "domain-empty": "a=1; Domain=; Path=/",
    "latin1": "a=\xfc; Path=/",
    "two-in-one": "a=1; Path=/, b=2; Path=/",
    "no-name": "=1; Path=/",
    "control": "a=1\t2; Path=/",
}.items():
    fault(f"cookie-{_name}", [get("/in/a"), get("/b"), get("/in/c")], {"/in/a": [answer(b"ok", f"Set-Cookie: {_cookie}")]}, sent=("host", "cookie"))
for _name, _value in {"latin1": "\xfc", "utf8": "ü€".encode().decode("latin-1"), "controls": "a\x01b\x7f", "nul": "a\0b", "cr": "a\rb"}.items():
    fault(f"header-{_name}", [get("/a", more={"header": "X"} if _value.isascii() else None), sync, get("/b")], {"/a": [answer(b"ok", f"X: {_value}"), *([close] if _name == "cr" else [])]})
    fault(f"reason-{_name}", [get("/a")], {"/a": [answer(b"ok", status=f"404 {_value}")]})
    fault(f"trailer-{_name}", [get("/a"), get("/b")], {"/a": [chunked(b"ok", trailer=b"X: " + _value.encode("latin-1") + b"\r\n")]})
fault("location-latin1", [get("/a")], {"/a": [answer(b"", "Location: /\xfc", status=MOVED)]}, clients=(HTTP,))
fault("location-utf8", [get("/a")], {"/a": [answer(b"", "Location: /" + "ü€".encode().decode("latin-1"), status=MOVED)]}, clients=(HTTP,))
fault("location-empty", [get("/a")], {"/a": [answer(b"", "Location:", status=MOVED)]})
fault("location-twice", [get("/a")], {"/a": [answer(b"", "Location: /b", "Location: /c", status=MOVED)]})

# Client certificates

MUTUAL = {"host": TLS_HOST, "client_certificate": True, "clients": (HTTP,)}
fault("client-certificate", [get("/a"), sync, post("/b")], {ON_ACCEPT: [tls], IDLE: [fin]}, session=TRUST | {"cert": ["{client}", "{client_key}"]}, **MUTUAL)
fault("client-certificate-missing", [get("/a"), post("/b")], {ON_ACCEPT: [tls]}, session=TRUST, **MUTUAL)
fault("client-certificate-unknown", [get("/a"), post("/b")], {ON_ACCEPT: [tls]}, session=TRUST | {"cert": ["{certificate}", "{key}"]}, **MUTUAL)
fault("client-certificate-missing-upload", [post("/a", **HUGE)], {ON_ACCEPT: [tls]}, session=TRUST, **MUTUAL)

# Proxies

PROXY = {"proxies": {"http": "http://{address}:{port}", "https": "http://{address}:{port}"}}
PROXY_AUTH = {"proxies": {"http": "http://us%40er:p%3Aw@{address}:{port}", "https": "http://us%40er:p%3Aw@{address}:{port}"}}
FAR, FAR_TLS = "http://far.invalid", "https://localhost"
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
_407 = answer(b"who?", 'Proxy-Authenticate: Basic realm="x"', status="407 Proxy Authentication Required")


def by_proxy(fault_id: str, calls: list[dict[str, Any]], script: Script, *, host: str = FAR_TLS, **more: Any) -> None:
    fault(fault_id, calls, script, host=host, session=TRUST | PROXY, sent=("host", "proxy-authorization"), **more)


by_proxy("proxy", [get("/a"), post("/b")], {}, host=FAR)
fault("proxy-auth", [get("/a"), post("/b")], {}, host=FAR, session=PROXY_AUTH, clients=(HTTP,), sent=("host", "proxy-authorization"))
by_proxy("proxy-407", [get("/a"), get("/b")], {"/a": [_407]}, host=FAR)
by_proxy("proxy-closed", [get("/a"), post("/b"), get("/c")], {"/a": [close], "/b": [close]}, host=FAR)
by_proxy("proxy-redirect", [get("/a")], {"/a": [answer(b"", "Location: /b", status=MOVED)]}, host=FAR)
by_proxy("tunnel", [get("/a"), post("/b")], {CONNECT: [TUNNEL, tls]})
fault("tunnel-auth", [get("/a"), post("/b")], {CONNECT: [TUNNEL, tls]}, host=FAR_TLS, session=TRUST | PROXY_AUTH, clients=(HTTP,), sent=("host", "proxy-authorization"))
by_proxy("tunnel-headers", [get("/a"), post("/b")], {CONNECT: [_interim("200 OK", "Via: 1.1 x", "X-Y: \xfc"), tls]})
by_proxy("tunnel-length", [get("/a", timeout=2)], {CONNECT: [_interim("200 OK", "Content-Length: 0"), tls]})
by_proxy("tunnel-http10", [get("/a"), post("/b")], {CONNECT: [TUNNEL.replace(b"1.1", b"1.0"), tls]})
by_proxy("tunnel-bytewise", [get("/a"), post("/b")], {CONNECT: bytewise(TUNNEL, 0.003) + [tls]})
by_proxy("tunnel-trickle", [get("/a", timeout=PATIENT)], {CONNECT: bytewise(TUNNEL[:4], STEP) + [TUNNEL[4:], tls]})
by_proxy("tunnel-407", [get("/a")], {CONNECT: [_407]})
by_proxy("tunnel-407-closed", [get("/a")], {CONNECT: [_407, close]})
by_proxy("tunnel-403-bytewise", [get("/a")], {CONNECT: bytewise(answer(b"", status="403 Forbidden"), 0.003) + [close]})
by_proxy("tunnel-502-no-reason", [get("/a")], {CONNECT: [b"HTTP/1.1 502\r\n\r\n", close]})
by_proxy("tunnel-latin1", [get("/a")], {CONNECT: [answer(b"", status="503 \xfc"), close]})
by_proxy("tunnel-201", [get("/a", timeout=2)], {CONNECT: [_interim("201 Created"), close]})
by_proxy("tunnel-100", [get("/a", timeout=2)], {CONNECT: [_interim("100 Continue") + TUNNEL, tls]})
by_proxy("tunnel-closed", [get("/a")], {CONNECT: [close]})
by_proxy("tunnel-reset", [get("/a")], {CONNECT: [reset]})
by_proxy("tunnel-half", [get("/a")], {CONNECT: [TUNNEL[:15], close]})
by_proxy("tunnel-half-head", [get("/a")], {CONNECT: [TUNNEL[:-2], close]})
by_proxy("tunnel-garbage", [get("/a")], {CONNECT: [b"this is no HTTP\r\n\r\n", close]})
by_proxy("tunnel-opened-fin", [get("/a")], {CONNECT: [TUNNEL, hello, fin]})
by_proxy("tunnel-opened-plain", [get("/a")], {CONNECT: [TUNNEL, hello, answer(b"no", status="400 Bad"), close]})
fault("tunnel-idle-closed", [get("/a"), sync, post("/b")], {CONNECT: [TUNNEL, tls], IDLE: [close_notify, fin]}, host=FAR_TLS, session=TRUST | {"proxies": {"https": "http://{address}:{port}"}}, clients=(HTTP,))
fault("tunnel-untrusted", [get("/a")], {CONNECT: [TUNNEL, tls]}, host=FAR_TLS, session=PROXY, clients=(HTTP,))
by_proxy("tunnel-expires", [get("/a", timeout=SHORT)], {CONNECT: [silent]})
by_proxy("tunnel-expires-half", [get("/a", timeout=SHORT)], {CONNECT: [TUNNEL[:15], silent]})
by_proxy("tunnel-expires-handshake", [get("/a", timeout=SHORT)], {CONNECT: [TUNNEL, silent]})

# What is ours

OURS: dict[str, tuple[str, dict[str, Outcome]]] = {}
"""By fault: why the outcome is not that of Python's client, and what it is: by class, the facts that differ."""


def differs(why: str, fault_ids: str, outcomes: dict[str, Outcome]) -> None:
    for fault_id in fault_ids.split():
        known = next(fault for fault in FAULTS if fault.id == fault_id)
        OURS[fault_id] = (why, {**OURS.get(fault_id, ("", {}))[1], **{user: facts for user, facts in outcomes.items() if user in known.clients}})


_AFRESH = {"requests": ["0 GET /a", "1 GET /b"]}
_TWO_OK = {"failures": ["", ""], **_AFRESH}
_BEHIND = "Python drops bytes behind an answer, or takes them for a part of it, and goes on with the connection; it is closed here"
for _name, _first, _length in (("length", "200 'ok'", 2), ("204", "204 ''", 0), ("304", "304 ''", 0), ("chunks", "200 'chunk'", 5), ("empty", "200 ''", 0)):
    differs(_BEHIND, f"behind-{_name}-answer", {HTTP: _AFRESH, FAST: _TWO_OK | {"answers": [_first, "200 'ok'"], "lengths": [_length, 2]}})
    differs(_BEHIND, f"behind-{_name}-garbage behind-{_name}-line-end", {HTTP: _AFRESH, FAST: _AFRESH})
_HEAD_AFRESH = {"requests": ["0 HEAD /a", "1 GET /b"]}
differs(_BEHIND, "behind-head-answer", {HTTP: _HEAD_AFRESH, FAST: _HEAD_AFRESH | {"answers": ["200 ''", "200 'ok'"], "failures": ["", ""]}})
differs(_BEHIND, "behind-head-garbage behind-head-line-end", {HTTP: _HEAD_AFRESH, FAST: _HEAD_AFRESH})
for _name, _size in {"buffer": _FULL, "buffer-and-one": _FULL + 1, "two-buffers": 2 * _FULL, "tls-record": 16384}.items():
    _length = len(_filling(_size).partition(b"\r\n\r\n")[2])
    _full = _TWO_OK | {"answers": [f"200 {'x' * 100!r} of {_length} bytes", "200 'ok'"], "lengths": [_length, 2]}
    differs(_BEHIND, f"behind-full-{_name} behind-full-{_name}-tls", {HTTP: _full, FAST: _full})

_FOLLOWED = {"answers": ["200 'ok' after [302]", "200 'ok'"], "failures": ["", ""], "lengths": [2, 2], "requests": ["GET /moved", "GET /landed", "GET /next"]}
differs("the exception passes through requests and ends the task; the redirect is followed", "redirect-gzip-and-cut", {HTTP: _FOLLOWED})
differs(
    "the exception passes through requests and ends the task; the redirect is followed",
    "redirect-br",
    {HTTP: {"answers": ["200 'ok' after [302]"], "failures": [""], "lengths": [2], "requests": ["0 GET /moved", "0 GET /landed"]}},
)

_UNDECODABLE = "the exception ends the task in Python, and nothing is reported; here it is a failure with the same text"
for _name, _words in {
    "x-gzip": "Unknown content encoding: x-gzip",
    "zstd": "Unknown content encoding: zstd",
    "compress": "Compression type not supported: compress",
    "gzip-identity": "Unknown content encoding: gzip, identity",
}.items():
    differs(_UNDECODABLE, f"coding-{_name}", {FAST: {"answers": ["200 ''"] * 3, "failures": [f"ValueError({_words!r})"] * 3, "lengths": [0] * 3}})
for _name, _text in {"gzip-space": "first ", "none": "plain"}.items():
    differs("the exception ends the task in Python; the header is understood here", f"coding-{_name}", {FAST: {"answers": [f"200 {_text!r}"] * 3, "failures": [""] * 3, "lengths": [len(_text)] * 3}})
_AT_ONCE = "requests decodes each chunk when it comes; the body is decoded at once here, as if it had come in one piece"
differs(_AT_ONCE, "coding-gzip-second-checksum", {HTTP: {"answers": ["200 'first '"] * 3, "lengths": [6] * 3}})
_STORED = "ContentDecodingError(DecodeError('Received response with content-encoding: deflate, but failed to decode it.', error('Error -3 while decompressing data: invalid stored block lengths')))"
differs(_AT_ONCE, "coding-zlib-checksum", {HTTP: {"failures": [_STORED] * 3}})

_WORDS = "another of llhttp's messages for the same line"
_FOLDED = "HTTPParseError('Unexpected whitespace after header value', 10)"
differs(_WORDS, "fold-value-empty fold-cookie-value fold-coding fold-connection fold-chunked", {FAST: {"failures": [_FOLDED, ""]}})
differs(_WORDS, "fold-location", {FAST: {"failures": [_FOLDED]}})
differs(_WORDS, "fold-length", {FAST: {"failures": ["HTTPParseError('Empty Content-Length', 11)", ""]}})
differs(_WORDS, "fold-trailer", {FAST: {"failures": ["HTTPParseError('Invalid header token', 10)", ""]}})
differs(_WORDS, "trailer-cr", {FAST: {"failures": ["HTTPParseError('Missing expected LF after header value', 2)", ""]}})
differs(_WORDS, "interim-then-close", {FAST: {"failures": ["HTTPParseError('connection closed after interim response')"]}})
differs(_WORDS, "interim-half", {FAST: {"failures": ["HTTPParseError('Invalid EOF state', 14)"]}})
_OK_TWICE = {"answers": ["200 'ok'"] * 2, "failures": [""] * 2, "lengths": [2, 2], "requests": ["0 GET /a", "0 GET /b"]}
differs("the values of trailers are not checked: nobody sees them", "trailer-controls trailer-nul", {FAST: _OK_TWICE})
_BLANK = "a value has no blanks around it"
differs(_BLANK, "fold-value-empty", {HTTP: {"answers": ["200 'ok' header ['b', 'b']", "200 'ok'"]}})
differs(_BLANK, "fold-value-only-space", {HTTP: {"answers": ["200 'ok' header ['a', 'a']", "200 'ok'"]}})
differs(_BLANK, "fold-coding", {HTTP: {"answers": ["200 'first ' header [\"KeyError('x')\", 'default']", "200 'ok'"], "lengths": [6, 2]}})

_OK_THRICE = {"answers": ["200 'ok'"] * 3, "failures": [""] * 3, "lengths": [2] * 3, "requests": ["0 GET /a", "0 POST /b", "0 GET /c"]}
differs("llhttp ends the connection with an interim answer of HTTP/1.0", "interim-100-http10", {FAST: _OK_THRICE})
differs(
    "http.client takes an interim answer other than 100 for the final one; the final one counts (RFC 9110)",
    "interim-102-http interim-103-http interim-103-twice-http interim-100-103-http interim-103-100-http interim-199-http",
    {HTTP: _OK_THRICE},
)
_SWITCH = "Python sends the next request over a connection that speaks another protocol now"
_SWITCH_OURS = {
    HTTP: _TWO_OK | {"answers": ["101 ''", "200 'ok'"], "lengths": [0, 2]},
    FAST: _AFRESH | {"answers": ["0 ''", "200 'ok'"], "failures": ["HTTPParseError('Pause on CONNECT/Upgrade', 22)", ""], "lengths": [0, 2]},
}
for _fault in [fault for fault in FAULTS if fault.id.startswith("switch-")]:
    _requests = {"requests": [f"0 {_fault.calls[0]['method']} /a", f"1 {_fault.calls[-1]['method']} /b"]}
    differs(_SWITCH, _fault.id, {user: facts | _requests for user, facts in _SWITCH_OURS.items()})

for _fault in [fault for fault in FAULTS if fault.id.startswith("trickle-") and fault.id != "trickle-upload"]:
    _text = {"trickle-body": "x" * 4, "trickle-tls-body": "x" * 4, "trickle-until-close": "0123", "trickle-gzip": "first "}.get(_fault.id, "ok")
    _arrived = {"answers": [f"200 {_text!r}"], "failures": [""], "lengths": [len(_text)]}
    differs("none, but a busy machine must not decide: Python's client gives the same answer", _fault.id, {HTTP: _arrived, FAST: _arrived})

_WAITS = "geventhttpclient waits for 100 Continue before it sends the body, without an end; the body is sent here at once, as in requests"


def _answered(status: int, text: str, failure: str = "", second: int = 0) -> Outcome:
    return {"answers": [f"{status} {text!r}", "200 'ok'"], "failures": [failure, ""], "lengths": [len(text), 2], "requests": ["0 POST /a", f"{second} GET /b"]}


for _name in ("", "-small", "-tls"):
    differs(_WAITS, f"expect-ignored{_name}", {FAST: _answered(200, "ok")})
for _name in ("", "-small"):
    differs(_WAITS, f"expect-417-read{_name}", {FAST: _answered(417, "no", "LocustBadStatusCode(code=417)")})
    differs(_WAITS, f"expect-413-read{_name}", {FAST: _answered(413, "no", "LocustBadStatusCode(code=413)", 1)})
differs(_WAITS, "expect-redirect", {FAST: {"answers": ["200 'ok' after [307]"], "failures": [""], "lengths": [2], "requests": ["0 POST /a", "0 POST /b"]}})

_EARLY = "Python sends the whole body before it reads, so it fails if the server doesn't take it; here the answer counts, which says why"
for _fault in [fault for fault in FAULTS if fault.id.startswith("early-") and fault.id != "early-redirect"]:
    differs(
        _EARLY,
        _fault.id,
        {
            HTTP: _answered(413, "no", "HTTPError('413 Client Error: Too Large for url: /a')", 1),
            FAST: _answered(413, "no", "LocustBadStatusCode(code=413)", 1),
        },
    )
differs(
    "the server's alert says why; Python reports only that it could not send",
    "client-certificate-missing-upload",
    {HTTP: {"failures": ["SSLError(1, '[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required')"]}},
)
for _name, _words in {"missing": "TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", "unknown": "TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca"}.items():
    differs("the server's alert says why; Python reports only that it could not send", f"client-certificate-{_name}", {HTTP: {"failures": [f"SSLError(1, '[SSL: {_words}')"] * 2}})
differs("lines are given as they come; requests reads blocks of 512 bytes", "expires-streamed", {HTTP: {"answers": ["200 '' read ['one', 'two', 'broken: ConnectionError']"]}})
differs(
    "the exception passes through requests and ends the task; the redirect is followed",
    "location-latin1",
    {HTTP: {"answers": ["200 'ok' after [302]"], "failures": [""], "lengths": [2], "requests": ["0 GET /a", "0 GET /%FC"]}},
)
differs(
    "geventhttpclient does not see a Location that comes twice; the first one is followed",
    "location-twice",
    {FAST: {"answers": ["200 'ok' after [302]"], "failures": [""], "lengths": [2], "requests": ["0 GET /a", "0 GET /b"]}},
)
_REPORTED = "the exception ends the task in Python, and nothing is reported; here it is a failure with the same text"
for _name, _words in {
    "407": "Proxy CONNECT failed: HTTP/1.1 407 Proxy Authentication Required (proxy authentication required?)",
    "407-closed": "Proxy CONNECT failed: HTTP/1.1 407 Proxy Authentication Required (proxy authentication required?)",
    "403-bytewise": "Proxy CONNECT failed: HTTP/1.1 403 Forbidden",
    "502-no-reason": "Proxy CONNECT failed: HTTP/1.1 502",
    "latin1": "Proxy CONNECT failed: HTTP/1.1 503 \xfc",
    "201": "Proxy CONNECT failed: HTTP/1.1 201 Created",
    "100": "Proxy CONNECT failed: HTTP/1.1 100 Continue",
    "garbage": "Proxy CONNECT failed: this is no HTTP",
    "closed": "Proxy closed the connection before answering the CONNECT request",
    "half": "Proxy closed the connection before answering the CONNECT request",
    "half-head": "Proxy closed the connection before answering the CONNECT request",
}.items():
    differs(_REPORTED, f"tunnel-{_name}", {FAST: {"answers": ["0 ''"], "failures": [f"RuntimeError({_words!r})"], "lengths": [0]}})
differs(
    "http.client takes half an answer of the proxy for a whole one, and TLS fails",
    "tunnel-half tunnel-half-head",
    {HTTP: {"failures": ["RemoteDisconnected('Remote end closed connection without response')"]}},
)

NOT_OVER_LIBCURL: dict[str, str] = {
    r"behind-(204|304|chunks|empty|head)-.*": "libcurl drops bytes behind an answer as Python does",
    r"behind-full-.*-tls(-later)?": "libcurl 7.88 does not see what its TLS library has read beyond an answer",
    r"client-certificate-(missing|unknown).*": "which call sees the server's alert is a matter of time",
    r"closed-(chunk|last-chunk|status-line|trailer)-.*|interim-then-garbage": "where an answer was cut, libcurl has other rules and words",
    r"early-.*|sent-and-closed": "libcurl may see the reset before the answer",
    r"fold-(chunked|connection|first|first-only|length|length-late|name)": "libcurl unfolds only what it doesn't interpret itself",
    r"(header|reason)-nul|trailer-(cr|nul)": "libcurl refuses zero bytes",
    r"interim-100-http10": "libcurl doesn't keep the connection behind an interim response in HTTP/1.0",
    r"redirect-(bad|negative)-length|redirect-reset-tls": "libcurl refuses such a length, and has no errno for a reset in TLS",
    r"trickle-tls|tunnel-trickle|tunnel-(201|garbage|half-head)": "libcurl has one timeout for the connection with TLS and tunnel, and its own words",
}
"""Regular expressions of ids, and why the outcome over libcurl is not compared."""
