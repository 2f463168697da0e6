"""Generated HTTP answers: the same ones for both engines of HttpUser, for FastHttpUser, and for their namesakes.

    python3 answer_fuzz.py [--from N] [--to N] [--stock EVERY]

prints each answer of which two clients make something different, unless KNOWN explains it. An answer is determined by
its number: valid, odd or broken, split at random places, with strays before or behind it.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import gzip
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from support.settings import BINARY, LOCUSTFILES, LOOPBACK, VENV
from support.workers import CACHE, compile_once

try:
    import brotli
except ImportError:
    brotli = None

Result = dict[str, Any]


class Answer(NamedTuple):
    pieces: list[bytes]
    """Sent one after the other."""
    end: str
    """What the server does then: "keep" the connection, "close" or "reset" it."""
    kinds: tuple[str, ...]
    """What is odd about it."""


# How an answer is made


LANDED = b"/landed"
"""Where redirects lead."""


def answer(number: int, landed: bytes = LANDED) -> Answer:
    """The answer to `GET /number`.

    @param landed stands for LANDED: a URL of another server, because this one may be about to close the connection
    """
    rng = random.Random(number)
    kinds: list[str] = []
    head, body, ends_by_close = _valid(rng, kinds)
    data = head + body
    end = "close" if ends_by_close else "keep"
    if rng.random() < 0.5:
        mutation = rng.choice(MUTATIONS)
        mutated, mutated_end = mutation(rng, head, body, end)
        if LANDED not in data or re.search(rb"\r\nLocation:[ \t]*" + LANDED + rb"[ \t]*\r\n", mutated):  # nobody knows where another location leads
            data, end = mutated, mutated_end
            kinds.append(mutation.__name__.strip("_"))
    pieces = _split(rng, data.replace(LANDED, landed)) or [b""]
    if rng.random() < 0.15 and end == "keep":
        kinds.append("surplus")
        pieces[-1] += rng.choice(STRAYS)  # in the same piece: what comes later may meet the next request
    return Answer(pieces, end, tuple(kinds))


def _valid(rng: random.Random, kinds: list[str]) -> tuple[bytes, bytes, bool]:
    status, reason = rng.choice(
        [(200, "OK")] * 8
        + [(201, "Created"), (204, "No Content"), (302, "Found"), (303, "See Other"), (304, "Not Modified"), (404, "Not Found"),
           (418, "I'm a teapot"), (500, "Internal Server Error"), (599, ""), (200, "Sch\xf6n"), (999, "Far")]
    )
    version = rng.choice(["1.1"] * 9 + ["1.0"])
    lines = [f"HTTP/{version} {status} {reason}".encode("latin-1")]
    headers = _headers(rng, kinds)
    content = bytes(rng.choices(b"abcdefgh \r\n0", k=rng.choice([0, 1, 10, 300, 5000])))
    content = _encode(rng, content, headers, kinds)
    if status in (302, 303):
        headers.append((b"Location", LANDED))
    framing = rng.choice(["length"] * 5 + ["chunked"] * 4 + ["close"])
    if version == "1.0" and framing == "chunked":
        framing = "length"
    if status in (204, 304):
        framing, content = "none", b""
    kinds.append(framing)
    closes = framing == "close" or (version == "1.0" and rng.random() < 0.7)
    if framing == "length":
        headers.append((rng.choice([b"Content-Length", b"content-length", b"CONTENT-LENGTH"]), str(len(content)).encode()))
    elif framing == "chunked":
        headers.append((rng.choice([b"Transfer-Encoding", b"transfer-encoding"]), rng.choice([b"chunked"] * 6 + [b"Chunked"])))
        content = _chunks(rng, content, kinds)
    if version == "1.0" and not closes:
        headers.append((b"Connection", b"keep-alive"))
    elif rng.random() < 0.05:
        headers.append((b"Connection", rng.choice([b"close", b"Close", b"keep-alive, close"])))
        closes = True
    rng.shuffle(headers)
    head = b"\r\n".join(lines + [_line(rng, name, value, kinds) for name, value in headers]) + b"\r\n\r\n"
    if rng.random() < 0.05:
        kinds.append("interim")
        head = b"HTTP/1.1 100 Continue\r\n" + rng.choice([b"", b"X-Interim: 1\r\n"]) + b"\r\n" + head
    return head, content, closes


def _headers(rng: random.Random, kinds: list[str]) -> list[tuple[bytes, bytes]]:
    headers = []
    for _ in range(rng.choice([0, 1, 1, 2, 3, 8])):
        name = bytes(rng.choices(b"abcXYZ-_!0", k=rng.randint(1, 12)))
        value = bytes(rng.choices(b"abc ;,=\"'()\t\xe9\xff", k=rng.choice([0, 1, 5, 30]))).strip()
        headers.append((name, value))
    if rng.random() < 0.1:
        headers.append((b"Set-Cookie", rng.choice([b"a=1", b"b=2; Path=/", b"c=3; Max-Age=60", b"odd", b"=x", b""])))
    if rng.random() < 0.02:
        kinds.append("many headers")
        headers += [(b"X-%d" % i, b"v") for i in range(rng.choice([80, 90, 120]))]
    if rng.random() < 0.02:
        kinds.append("long header")
        headers.append((b"X-Long", b"v" * rng.choice([1000, 60_000])))
    return headers


def _line(rng: random.Random, name: bytes, value: bytes, kinds: list[str]) -> bytes:
    roll = rng.random()
    if roll < 0.03 and len(value) > 3 and b" " in value[1:-1]:
        kinds.append("folded")
        begin, _, rest = value.partition(b" ")
        if begin and rest.strip():
            return name + b": " + begin + b"\r\n " + rest
    if roll < 0.2:
        return name + b":" + value
    return name + b":" + rng.choice([b" ", b"  ", b"\t"]) + value + rng.choice([b"", b"", b"", b" "])


def _encode(rng: random.Random, content: bytes, headers: list[tuple[bytes, bytes]], kinds: list[str]) -> bytes:
    coding = rng.choice([None] * 6 + ["gzip", "deflate", "raw", "br", "members"])
    if coding is None or (coding == "br" and brotli is None):
        return content
    kinds.append(coding)
    if coding == "gzip":
        content = gzip.compress(content, mtime=0)
    elif coding == "members":
        content = gzip.compress(content, mtime=0) + gzip.compress(b"more", mtime=0)
    elif coding == "deflate":
        content = zlib.compress(content)
    elif coding == "raw":
        packer = zlib.compressobj(wbits=-15)
        content = packer.compress(content) + packer.flush()
    else:
        content = brotli.compress(content)
    name = {"members": "gzip", "raw": "deflate"}.get(coding, coding)
    headers.append((b"Content-Encoding", name.encode()))
    return content


def _chunks(rng: random.Random, content: bytes, kinds: list[str]) -> bytes:
    chunks = b""
    while content:
        size = rng.choice([1, 7, 100, 4096])
        piece, content = content[:size], content[size:]
        length = b"%x" % len(piece)
        if rng.random() < 0.1:
            length = length.upper()
        if rng.random() < 0.05:
            length = b"00" + length
        extension = rng.choice([b""] * 8 + [b";a=b", b";x"])
        chunks += length + extension + b"\r\n" + piece + b"\r\n"
    trailer = b""
    if rng.random() < 0.1:
        kinds.append("trailer")
        trailer = b"X-Trailer: 1\r\n"
    return chunks + b"0\r\n" + trailer + b"\r\n"


def _split(rng: random.Random, data: bytes) -> list[bytes]:
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice([0, 0, 0, 0, 1, 3])))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b]


# What is made wrong with it. Each returns the bytes and what the server does at the end; an answer that may be
# incomplete must not keep the connection, or the client waits for its timeout.


def _cut(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    data = head + body
    return data[: rng.randrange(len(data))], "close"


def _cut_body(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    return head + body[: rng.randrange(len(body) + 1)], "close"


def _change_head(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    at = rng.randrange(len(head))
    return head[:at] + bytes([rng.randrange(256)]) + head[at + 1 :] + body, "close"


def _insert(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    data = head + body
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice([b"\r", b"\n", b"\0", b" ", b"\xff", b":", b"\r\n", b"\r\n\r\n"]) + data[at:], "close"


def _delete(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    data = head + body
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.choice([1, 1, 2, 5]) :], "close"


def _change_body(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    if not body:
        return head, end
    at = rng.randrange(len(body))
    return head + body[:at] + bytes([body[at] ^ (1 << rng.randrange(8))]) + body[at + 1 :], "close"


def _bare_line_feeds(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    return head.replace(b"\r\n", b"\n") + body, "close"


def _add_header(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    line = rng.choice(
        [b"Content-Length: 3", b"Content-Length: -1", b"Content-Length: x", b"Content-Length: 3, 3", b"Content-Length: +5",
         b"Content-Length:", b"Content-Length: 99999999999999999999999", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked",
         b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked, gzip", b"no colon here", b": no name", b"X Y: blank in name",
         b"X-Nul: a\0b", b"X-Cr: a\rb", b" starts with a blank", b"Content-Encoding: unknown", b"Content-Encoding: gzip",
         b"Content-Encoding: gzip, br", b"Connection: close", b"Connection: upgrade", b"Keep-Alive: timeout=1", b"X-Colon : before colon"]
    )
    first, _, rest = head.partition(b"\r\n")
    return first + b"\r\n" + line + b"\r\n" + rest + body, "close"


def _status_line(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    line = rng.choice(
        [b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.1  200 OK", b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1 abc OK", b"HTTP/1.1",
         b"HTTP/1.2 200 OK", b"HTTP/2.0 200 OK", b"HTTP/2 200 OK", b"HTTP/0.9 200 OK", b"http/1.1 200 OK", b"ICY 200 OK", b"HTTP/1.1 099 Low",
         b"HTTP/1.1 -20 OK", b"HTTP/1.1\t200\tOK", b" HTTP/1.1 200 OK", b"\r\nHTTP/1.1 200 OK", b"HTTP/1.1 101 Switching", b"HTTP/1.1 102 Processing",
         b"HTTP/1.1 103 Early Hints", b"HTTP/1.1 205 Reset", b"HTTP/11 200 OK", b"HTTP/1.1 200\xa0OK"]
    )
    _, _, rest = head.partition(b"\r\n")
    return line + b"\r\n" + rest + body, "close"


def _chunk_line(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    if b"chunked" not in head.lower():
        return head + body, end
    line = rng.choice([b"zz", b"-1", b"0x5", b" 5 ", b"+5", b"1_0", b"", b"ffffffffffffffffff", b"5 ;a", b"5\t", b"5" + b";" + b"e" * 70_000])
    return head + line + b"\r\nhello\r\n0\r\n\r\n", "close"


def _reset(rng: random.Random, head: bytes, body: bytes, end: str) -> tuple[bytes, str]:
    return b"", "reset"


STRAYS = [b"\r\n", b"x", b"HTTP/1.1 408 Request Time-out\r\nContent-Length: 5\r\n\r\nstray", b"0\r\n\r\n", b"HTTP"]

MUTATIONS = [
    _cut, _cut_body, _change_head, _change_head, _insert, _insert, _delete, _change_body, _bare_line_feeds,
    _add_header, _add_header, _add_header, _status_line, _status_line, _chunk_line, _reset,
]  # fmt: skip


# The server


class _Connection(asyncio.Protocol):
    def __init__(self, landed: bytes) -> None:
        self._landed = landed
        self._received = b""

    def connection_made(self, transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._received.endswith(b"\r\n\r\n"):
            target = self._received.split(b" ", 2)[1].decode("latin-1")
            self._received = b""
            self._task = asyncio.ensure_future(self._answer(target))

    async def _answer(self, target: str) -> None:
        transport = self._transport
        if not target[1:].isdigit():
            transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nlanded")
            return
        reply = answer(int(target[1:]), self._landed)
        for i, piece in enumerate(reply.pieces):
            if i > 0:
                await asyncio.sleep(0.0005)
            transport.write(piece)
        if reply.end == "close":
            transport.close()
        elif reply.end == "reset":
            transport.abort()


class Server:
    """Gives the answers on a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        landed = self._listen(b"")
        self.url = self._listen(f"{landed}/landed".encode())

    def _listen(self, landed: bytes) -> str:
        start = self._loop.create_server(lambda: _Connection(landed), LOOPBACK, 0, backlog=1000)
        server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        return f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


# The clients


def is_last(number: int) -> bool:
    """The server closes the connection after this answer. The clients go on with a new session: they can't know it
    before the next request is sent, so that its outcome would depend on the moment."""
    return answer(number).end != "keep"



def ours(url: str, user: str, first: int, last: int, *, engine: str = "own") -> list[Result]:
    """What our user makes of the answers from `first` to `last`, without the last one."""
    compile_once(LOCUSTFILES / "answer_fuzz.cpp")
    with tempfile.NamedTemporaryFile("r") as out, tempfile.NamedTemporaryFile("w") as fresh:
        fresh.write("\n".join(str(number) for number in range(first, last) if is_last(number)))
        fresh.flush()
        command = [BINARY, "-f", LOCUSTFILES / "answer_fuzz.cpp", "--debug-user", user, "--iterations", "1", "--host", url]
        environment = {
            "FUZZ_FROM": str(first),
            "FUZZ_TO": str(last),
            "FUZZ_OUT": out.name,
            "FUZZ_FRESH": fresh.name,
            "CPPWORKER_HTTP_ENGINE": engine,
            "CPPWORKER_CACHE_DIR": str(CACHE),
            "PATH": "/usr/bin:/bin",
            "HOME": "/",
        }
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        results = [json.loads(line) for line in Path(out.name).read_text(encoding="utf-8").splitlines()]
    assert len(results) == last - first, (len(results), done.returncode, done.stderr.decode()[-2000:])
    for result in results:
        result["headers"] = [(bytes.fromhex(name), bytes.fromhex(value)) for name, value in result["headers"]]
    return results


def stock(url: str, user: str, numbers: list[int]) -> list[Result]:
    """What Locust's own client makes of them."""
    command = [VENV / "bin" / "python", Path(__file__).resolve(), "--stock-client", user, url]
    done = subprocess.run(command, input=json.dumps(numbers), capture_output=True, text=True, check=False, timeout=1000)
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads(done.stdout)
    for result in results:
        result["headers"] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in result["headers"]]
    return results


def _stock_client(user: str, url: str) -> None:
    from locust.clients import HttpSession
    from locust.contrib.fasthttp import FastHttpSession
    from locust.env import Environment

    environment = Environment()
    failures: list[Any] = []
    environment.events.request.add_listener(lambda exception, **_: failures.append(exception))

    def new_session() -> Any:
        if user == "RequestsUser":
            return HttpSession(url, environment.events.request, user=None)
        return FastHttpSession(
            url,
            environment.events.request,
            None,
            connection_timeout=2,
            network_timeout=2,
            max_redirects=30,
            max_retries=0,
        )

    session = new_session()
    results = []
    for number in json.load(sys.stdin):
        failures.clear()
        if results and is_last(results[-1]["number"]):
            session = new_session()
        try:
            response = session.get(f"/{number}", name="answer", **({"timeout": 2} if user == "RequestsUser" else {}))
        except Exception as error:  # what the task of a user would end with
            results.append({"number": number, "thrown": repr(error), "headers": []})
            continue
        failed = response.status_code == 0
        try:
            content = b"" if failed else (response.content or b"")
        except Exception:  # the row has it already
            content = b""
        results.append(
            {
                "number": number,
                "status": response.status_code,
                "reason": "" if failed else str(getattr(response, "reason", "") or ""),
                "error": "" if not failures or failures[0] is None else repr(failures[0]),
                "size": len(content),
                "hash": str(_hash(content)),
                "headers": [] if failed else [[str(k), str(v)] for k, v in response.headers.items()],
                "history": [] if failed else [earlier.status_code for earlier in response.history],
            }
        )
    json.dump(results, sys.stdout)


def _hash(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


# The comparison


def facts(result: Result) -> dict[str, Any]:
    """What must be the same."""
    if "thrown" in result:
        return {"thrown": result["thrown"]}
    headers: dict[bytes, list[bytes]] = collections.defaultdict(list)
    for name, value in result["headers"]:
        headers[name.lower()].append(re.sub(rb"\s+", b" ", value).strip())
    error = re.sub(r"0x[0-9a-f]{6,}", "0x...", result["error"])
    return {
        "status": result["status"],
        "reason": result["reason"],
        "error": error,
        "body": (result["size"], result["hash"]),
        "headers": {name: re.sub(rb" ?, ?", b", ", b", ".join(values)).strip() for name, values in sorted(headers.items())},
        "history": result["history"],
    }


class Difference(NamedTuple):
    clients: str
    number: int
    kinds: tuple[str, ...]
    outcomes: tuple[str, str]
    """What came of it for the two clients, in a word; see outcome()."""
    values: dict[str, tuple[Any, Any]]
    """By fact."""

    def __str__(self) -> str:
        facts = "".join(f"\n    {name}: {one!r}\n    {' ' * len(name)}  {other!r}" for name, (one, other) in self.values.items())
        return f"{self.clients} /{self.number} {'+'.join(self.kinds)}: {' and '.join(self.outcomes)}{facts}"


def outcome(result: Result) -> str:
    """The innermost exception, or "response"."""
    error = result.get("thrown") or result.get("error") or ""
    if "thrown" in result:
        return f"thrown {error.partition('(')[0]}"
    if not error or error.startswith(("HTTPError(", "LocustBadStatusCode(")):
        return "response"
    for part in ("Response ended prematurely", "Response may not contain content", "InvalidChunkLength", "IncompleteRead", "DecodeError"):
        if part in error:
            return part
    return error.partition("(")[0]


def differences(clients: str, one: list[Result], other: list[Result], compared: tuple[str, ...]) -> list[Difference]:
    found = []
    for left, right in zip(one, other, strict=True):
        assert left["number"] == right["number"]
        a, b = facts(left), facts(right)
        values = {name: (a.get(name), b.get(name)) for name in compared if a.get(name) != b.get(name)}
        if values:
            found.append(Difference(clients, left["number"], answer(left["number"]).kinds, (outcome(left), outcome(right)), values))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--to", type=int, default=10_000, dest="last")
    parser.add_argument("--stock", type=int, default=20, metavar="EVERY", help="every such answer goes through stock Locust, too; 0: none")
    parser.add_argument("--only", default="", help="of curl, requests, fast")
    parser.add_argument("--all", action="store_true", help="counts the explained differences, too")
    parser.add_argument("--stock-client", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.stock_client:
        _stock_client(*args.stock_client)
        return 0
    found = run(args.first, args.last, args.stock, args.only.split(",") if args.only else ["curl", "requests", "fast"])
    if args.all:
        for (clients, outcomes, why), count in collections.Counter((d.clients, d.outcomes, reason(d)) for d in found).most_common():
            print(f"{count:6} {clients}: {' and '.join(outcomes)}: {why or 'UNEXPLAINED'}")
    found = [d for d in found if reason(d) is None]
    for difference in found:
        print(difference)
    counts = collections.Counter(d.clients for d in found)
    print(f"{args.last - args.first} answers; unexplained differences: {dict(counts) or 'none'}")
    return 1 if found else 0


FAST_COMPARED = ("thrown", "status", "error", "body", "headers", "history")
"""FastHttpSession's responses have no reason."""

COMPARED = ("thrown", "status", "reason", "error", "body", "headers", "history")


MUTATED = {mutation.__name__.strip("_") for mutation in MUTATIONS}

HEAD_FAILURES = {"BadStatusLine", "UnknownProtocol", "InvalidHeader", "HTTPException", "LineTooLong", "RemoteDisconnected"}
CHUNK_FAILURES = {"InvalidChunkLength", "IncompleteRead", "Response ended prematurely", "ChunkedEncodingError", "DecodeError"}


def reason(difference: Difference) -> str | None:
    """Why the two clients may differ: the table of reasons."""
    one, other = difference.outcomes
    if other.startswith("thrown "):
        return "stock's exception ends the task; ours is a failure of the request, or there is none"
    return REASONS[difference.clients](difference, one, other)


def _libcurl(difference: Difference, one: str, other: str) -> str | None:
    if not MUTATED & set(difference.kinds):
        return None  # what is valid, or odd but allowed, is the same for both engines
    if other == "CurlError":
        return "libcurl refuses it, and has no words for it that Python would have"
    if HEAD_FAILURES & {one, other}:
        return "libcurl has other rules for broken heads"
    if CHUNK_FAILURES & {one, other}:
        return "libcurl has other rules for broken chunks, and doesn't say where the body was broken"
    return "libcurl takes other parts of a broken head for headers"


def _requests(difference: Difference, one: str, other: str) -> str | None:
    status = difference.values.get("status", (None, None))[1]
    if isinstance(status, int) and 101 < status < 200:
        return "http.client takes an interim response for the final one"
    if (one, other) == ("DecodeError", "DecodeError"):
        return "zlib's words depend on the pieces in which a body is decoded"
    if one == other == "IncompleteRead" and _missing(difference.values["error"][1]) >= 2**62:
        return "a Content-Length beyond 64 bits"
    if (one, other) == ("InvalidHeader", "InvalidHeader"):
        return "stock keeps the blanks behind a header's value"
    if (one, other) == ("InvalidChunkLength", "IncompleteRead") and "b'-" in difference.values["error"][0]:
        return "urllib3 reads on after a negative chunk size"
    if one == "RemoteDisconnected" and "change_head" in difference.kinds:
        return "http.client takes an interim response for the final one"
    return None


def _missing(error: str) -> int:
    """The bytes that an IncompleteRead misses."""
    found = re.search(r"(\d+) more expected", error)
    return int(found[1]) if found else 0


def _geventhttpclient(difference: Difference, one: str, other: str) -> str | None:
    kinds = set(difference.kinds)
    if "interim" in kinds:
        return "geventhttpclient loses the beginning of a body behind an interim response"
    if one == other == "HTTPParseError":
        return "which of two violations is named, and with which words"
    if (one, other) == ("response", "HTTPParseError") and len(answer(difference.number).pieces) > 1:
        return "llhttp fails at some line ends that come in two pieces"
    if (one, other) == ("response", "error") and "Error -5" in difference.values["error"][1]:
        return "an encoding without a body (PARITY: empty gzip)"
    if one == "ValueError":
        return "an unknown Content-Encoding (PARITY: undecodable)"
    return None


REASONS = {"own|curl": _libcurl, "own|requests": _requests, "fast|geventhttpclient": _geventhttpclient}


def _check_strays(results: list[Result]) -> None:
    """No stray has been taken for a response."""
    wrong = [result["number"] for result in results if result["status"] == 408 or result["hash"] == str(_hash(b"stray"))]
    assert not wrong, f"a stray was counted for {wrong}"


def run(first: int, last: int, every: int, which: list[str]) -> list[Difference]:
    """All differences, also those that have a reason()."""
    server = Server()
    try:
        found: list[Difference] = []
        own = ours(server.url, "RequestsUser", first, last) if {"curl", "requests"} & set(which) else []
        if "curl" in which:
            curl = ours(server.url, "RequestsUser", first, last, engine="curl")
            _check_strays(own)
            _check_strays(curl)
            found += differences("own|curl", own, curl, COMPARED)
        numbers = list(range(first, last, every)) if every else []
        if "requests" in which and numbers:
            sample = [own[number - first] for number in numbers]
            found += differences("own|requests", sample, stock(server.url, "RequestsUser", numbers), COMPARED)
        if "fast" in which:
            fast = ours(server.url, "FastUser", first, last)
            _check_strays(fast)
            numbers = [n for n in numbers if "surplus" not in answer(n).kinds]  # stock waits for its timeout behind them
            if numbers:
                sample = [fast[number - first] for number in numbers]
                found += differences("fast|geventhttpclient", sample, stock(server.url, "FastUser", numbers), FAST_COMPARED)
        return found
    finally:
        server.close()


if __name__ == "__main__":
    os.environ.setdefault("PATH", "/usr/bin:/bin")
    sys.exit(main())
