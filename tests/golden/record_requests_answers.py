"""Records what Locust's HttpUser makes of answers: tests/golden/requests_answers.json.

usage: build/venv/bin/python tests/golden/record_requests_answers.py

Answers, right and wrong ones and seeded mutations of them. A local server sends each of them and then closes the
connection. Bytes are written as ISO-8859-1 text; `failure` is the text of the row. Regenerate when the urllib3 of
compat-tests/requirements.txt or the Python version changes.
"""

import locust  # first: it patches the standard library  # noqa: I001
from locust.clients import HttpSession
from locust.event import EventHook

import gzip
import json
import random
import socket
import sys
import threading
import zlib
from pathlib import Path

import brotli
import urllib3

OK = "HTTP/1.1 200 OK\r\n"
LENGTH_3 = "Content-Length: 3\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
CHUNKS = "\r\n3\r\nabc\r\n0\r\n\r\n"
TEXT = b"hello hello hello hello"
GZIP = gzip.compress(TEXT, mtime=0).decode("latin-1")
ZLIB = zlib.compress(TEXT).decode("latin-1")
RAW = zlib.compress(TEXT)[2:-4].decode("latin-1")
BROTLI = brotli.compress(TEXT).decode("latin-1")


def status_lines():
    for line in (
        "HTTP/1.1 404 Not Found", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1  200   Fine \t", "  HTTP/1.1 200 OK",
        "HTTP/1.1\t200\tOK", "HTTP/1.1\x0b200\x1cOK\x85", "HTTP/1.1 200\x1f", "HTTP/1.1 200\xa0\x1f", "HTTP/1.1\xa0200\xa0OK\xa0", "HTTP/1.1 200 \xe9t\xe9 \xff",
        "HTTP/1.1 200 O\rK", "HTTP/1.1 200 O\x00K", "HTTP/1.1 20", "HTTP/1.1 99 x", "HTTP/1.1 999 x", "HTTP/1.1 1000 x",
        "HTTP/1.1 0200 OK", "HTTP/1.1 +200 OK", "HTTP/1.1 -200 OK", "HTTP/1.1 2_00 OK", "HTTP/1.1 2__00 OK",
        "HTTP/1.1 _200 OK", "HTTP/1.1 200_ OK", "HTTP/1.1 0x64 OK", "HTTP/1.1 2 00 OK", "HTTP/1.1 \xb2\xb9\xb3 OK",
        "HTTP/1.1 200\x00 OK", "HTTP/1.1 abc Bad", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1200 OK", "HTTP/ 200 OK",
        "HTTP/1 200 OK", "HTTP/1. 200 OK", "HTTP/1.x 200 OK", "HTTP/1.2 200 OK", "HTTP/1.0 200 OK", "HTTP/0.9 200 OK",
        "HTTP/0.8 200 OK", "HTTP/2 200 OK", "HTTP/2.0 200 OK", "HTTP/3.7 abc", "HTTP/3.7 100 x", "HTTP/\xe9'\" 200 OK",
        "http/1.1 200 OK", "HTTPS/1.1 200 OK", "ICY 200 OK", "hello world", "<html>", "it's \"odd\"", "\x00", " ", "",
        "HTTP/1.1 100", "HTTP/1.1 1_00 x", "HTTP/1.1 101 Switching", "HTTP/1.1 102 Processing", "HTTP/1.1 103 Early",
        "HTTP/1.1 199 x", "HTTP/1.1 204 No", "HTTP/1.1 205 Reset", "HTTP/1.1 304 Not", "HTTP/1.1 600 x",
    ):  # fmt: skip
        yield "GET", f"{line}\r\n{LENGTH_3}\r\nabc"
        yield "GET", f"{line}\n{LENGTH_3}\nabc"
        yield "GET", line
    for status in (101, 103, 204, 304):
        yield "GET", f"HTTP/1.1 {status} x\r\n\r\n"
        yield "GET", f"HTTP/1.1 {status} x\r\nConnection: close\r\n\r\nabc"
        yield "GET", f"HTTP/1.1 {status} x\r\n{CHUNKED}{CHUNKS}"
        yield "GET", f"HTTP/1.1 {status} x\r\n\r\n{OK}{LENGTH_3}\r\nabc"
    for skipped in ("", "A: b\r\n", "no header\r\n", "\n", "Connection: close\r\nSet-Cookie: a=b\r\n"):
        yield "GET", f"HTTP/1.1 100 Continue\r\n{skipped}\r\n{OK}{LENGTH_3}\r\nabc"
    yield "GET", "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 100 x\r\n\r\nHTTP/1.1 103 x\r\n\r\n" + OK
    yield "GET", "HTTP/1.1 100 x\r\n\r\n"
    yield "GET", "HTTP/1.1 100 x\r\nA"
    yield "GET", "\r\n\r\n" + OK + LENGTH_3 + "\r\nabc"
    yield "GET", "\n" + OK


def headers():
    for line in (
        "A: b", "A:b", "A:\t b \t", "A:", "a: 1\r\nA: 2", "A : b", "A b: c", "Abc", ": v", ":", "::", ": v\r\n folded",
        "A: b\r\n c", "A: b \t\r\n \t c", "A: b\r\n\tc\r\n d", "A:\r\n b", "A: b\r\n \r\n c", "A: b\r\n  ", "A: b\n c",
        "A: b\n \n\tc", "A: b \n  c\r\n  d", " first", "\tfirst: x", " first\r\nA: b", "From a", "From: b",
        "A: b\r\nFrom me", "From a\r\nA: b", "From a\r\n folded\r\nA: b", "From a\r\nFrom b\r\nA: c",
        "A: b\r\nFrom x\r\n fold\r\nB: c", "From  : x", "A: x\ry", "A: x\rB: y", "A: x\r\r\nB: y", "A: x\r y\r\nB: z",
        "A: x\n\rB: y", "\rA: x", "A\r: x", "A: x\x00y", "A: \x01\x7f\x0b\x0c", "A: \xe9\xff", "\xe9: x", "A\xa0: x",
        "A\x7f: x", "A\x00: x", "A\t: x", "(a@b): x", "a'*^: x", "\x1f: x", "A: \x85x\x85", "A: \x1cx\x1c", "A: b\r\n\x0b c",
        "Content-Type: message/rfc822", "Content-Type: multipart/mixed; boundary=x", "Content-Type: message/delivery-status",
        "Set-Cookie: a=b", "Set-Cookie: a=b\r\nSet-Cookie: c=d; Path=/", "A: b\r\nA: c\r\nB: d\r\nA: e",
    ):  # fmt: skip
        yield "GET", f"{OK}{line}\r\n{LENGTH_3}\r\nabc"
        yield "GET", f"{OK}{LENGTH_3}{line}\r\n\r\nabc"
        yield "GET", f"{OK}{LENGTH_3}{line}"
    yield "GET", OK + "A: 1\n" + LENGTH_3 + "\nabc"
    yield "GET", OK + "".join(f"H{i}: x\r\n" for i in range(98)) + LENGTH_3 + "\r\nabc"
    yield "GET", OK + "".join(f"H{i}: x\r\n" for i in range(99)) + LENGTH_3 + "\r\nabc"
    yield "GET", OK + "".join(f"H{i}: x\r\n" for i in range(99))
    yield "GET", "HTTP/1.1 100 x\r\n" + "H: x\r\n" * 100 + "\r\n" + OK


def framing():
    lengths = (
        "3", "0", "", "10", " 3 ", "+3", "-3", "-0", "+ 3", "3_0", "0_3", "_3", "3_", "0__3", "0x3", "3.0", "abc", "3 3",
        "\xa03\x85", "\x0b3\x1f", "3\x00", "\xb3", "03", "000000000000000000003", "3, 3", "3,3", "3,4", "3, abc", "3,",
        "-3, -3", "4, 4", "0, 0", "5,5,5", "3\r\n ", "\r\n 3", "1\r\n 2", "+3, 3",
    )  # fmt: skip
    for length in lengths:
        for method, body in (("GET", "abc"), ("HEAD", ""), ("GET", "abcd"), ("GET", "")):
            yield method, f"{OK}Content-Length: {length}\r\n\r\n{body}"
        yield "GET", f"{OK}{CHUNKED}Content-Length: {length}{CHUNKS}"
        yield "GET", f"{OK}Transfer-Encoding: x, chunked\r\nContent-Length: {length}\r\n{CHUNKS}"
        yield "GET", f"HTTP/1.1 304 x\r\nContent-Length: {length}\r\n\r\n"
        yield "GET", f"{OK}{LENGTH_3}Content-Length: {length}\r\n\r\nabc"
        yield "GET", f"{OK}Content-Length: {length}\r\ncontent-length: 3\r\n\r\nabc"
    for coding in (
        "chunked", "Chunked", "CHUNKED ", " chunked", "chunked\t", "gzip, chunked", "chunked, gzip", "chunked,", "chunkedx",
        "identity", "", "x\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: x", "\r\n chunked", "chunked\r\n ",
        "chunked\n ", "\xa0chunked", "\x1fchunked", "chun\r\n ked", "chunked;q=1",
    ):  # fmt: skip
        yield "GET", f"{OK}Transfer-Encoding: {coding}\r\n{CHUNKS}"
        yield "GET", f"{OK}{LENGTH_3}Transfer-Encoding: {coding}\r\n{CHUNKS}"
        yield "HEAD", f"{OK}Transfer-Encoding: {coding}\r\n\r\n"
    for version in ("HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/1.7"):
        for line in (
            "A: b", "Connection: close", "Connection: Keep-Alive", "Connection: xclosex", "Connection: foo, Close",
            "Connection: foo\r\nConnection: close", "Connection:", "Keep-Alive: timeout=5", "Keep-Alive:",
            "Proxy-Connection: keep-alive", "Proxy-Connection: close", "Connection: close\r\nKeep-Alive: x",
            "Connection: upgrade\r\nUpgrade: h2c", "Connection: clo\r\n se", "Proxy-Connection: x\r\nProxy-Connection: keep-alive",
        ):  # fmt: skip
            yield "GET", f"{version} 200 OK\r\n{line}\r\n{LENGTH_3}\r\nabc"
            yield "GET", f"{version} 200 OK\r\n{line}\r\n{CHUNKED}{CHUNKS}"
        yield "GET", f"{version} 200 OK\r\nConnection: keep-alive\r\n\r\nabc"
        yield "HEAD", f"{version} 200 OK\r\n\r\n"
        yield "GET", f"{version} 200 OK\r\n\r\nabc"
        yield "GET", f"{version} 200 OK\r\n\r\n"
    yield "GET", OK + LENGTH_3 + "\r\nabcHTTP/1.1 200 OK\r\n\r\n"
    yield "GET", ""


def chunks():
    for size in (
        "3", "03", " 3", "3 ", "\t3\x0b", "\xa03", "\x1f3", "+3", "0x3", "0X3", "0x_3", "0_3", "_3", "3_", "0__3", "+0x3", "x3",
        "3;a=b", "3 ; a", "3;", ";", "", " ", "zz", "3,", "3\x00", "g", "A", "fffffffffffffffff", "0xfffffffffffffffff", "-0",
        "3;\xe9\r", "3\r", "'\"\\\xe9", "zz;a", "- 3", "+", "0x", "0x0", "00",
    ):  # fmt: skip
        for end in ("\r\n", "\n", ""):
            yield "GET", f"{OK}{CHUNKED}\r\n{size}{end}abc\r\n0\r\n\r\n"
        yield "GET", f"{OK}{CHUNKED}\r\n3\r\nabc\r\n{size}\r\nabc\r\n0\r\n\r\n"
        yield "GET", f"{OK}{CHUNKED}\r\n3\r\nabc\r\n{size}"
    for body in (
        "3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\nX: y\r\n\r\n", "3\r\nabc\r\n0\r\nX: y\n\n\r\n", "3\r\nabc\r\n0\r\n\n\r\n",
        "3\r\nabc\r\n0\r\n", "3\r\nabc\r\n0", "3\r\nabc\r\n0\r\nX", "3\r\nabc\r\n", "3\r\nabc\r", "3\r\nabc", "3\r\nab", "3\r\n",
        "3", "", "3\r\nabcXX0\r\n\r\n", "3\r\nabc\n\n0\r\n\r\n", "3\r\nabc0\r\n\r\n\r\n", "3\nabc\n0\n\n",
        "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "3\r\nabc\r\n0\r\n\r\nx", "5;x\r\n", "0;x=y\r\n\r\n",
    ):  # fmt: skip
        yield "GET", f"{OK}{CHUNKED}\r\n{body}"
        yield "GET", f"HTTP/1.0 200 OK\r\n{CHUNKED}\r\n{body}"
    for length in (10_239, 10_240, 10_241, 20_500):
        yield "GET", f"{OK}{CHUNKED}\r\n{length + 100:x}\r\n{'x' * length}"
        yield "GET", f"{OK}{CHUNKED}\r\n{length:x}\r\n{'x' * length}"


def encodings():
    joined = gzip.compress(b"one ", mtime=0).decode("latin-1") + GZIP
    for encoding, body in (
        ("gzip", GZIP), ("GZip", GZIP), ("x-gzip", GZIP), ("deflate", ZLIB), ("deflate", RAW), ("br", BROTLI), ("gzip ", GZIP),
        ("gzip", joined), ("gzip", GZIP + "behind"), ("gzip", GZIP + "\0"), ("gzip", GZIP + GZIP[:12]), ("gzip", joined[:-1] + "x"),
        ("gzip", joined + GZIP[:14] + "\xff\xff\xff\xff\xff"), ("gzip", GZIP[:15]), ("gzip", GZIP[:-1]), ("gzip", GZIP[:-1] + "x"),
        ("gzip", GZIP[:-6] + "x" + GZIP[-5:]), ("gzip", ""), ("gzip", "x"), ("gzip", "no gzip at all"), ("gzip", GZIP[:2] + "\x07" + GZIP[3:]),
        ("deflate", ZLIB + "x"), ("deflate", RAW + "x"), ("deflate", ZLIB[:9]), ("deflate", RAW[:5]), ("deflate", ""), ("deflate", "x"),
        ("deflate", "no deflate"), ("deflate", ZLIB[:-1] + "x"), ("deflate", "\x78\x9c\xff\xff"), ("deflate", ZLIB + ZLIB),
        ("br", BROTLI + "x"), ("br", BROTLI[:8]), ("br", ""), ("br", "no brotli"), ("br", "\xff\xff\xff"),
        ("identity", "text"), ("foo", "text"), ("zstd", "text"), ("", "text"), ("foo, bar", "text"), ("identity, gzip", GZIP),
        ("gzip, br", brotli.compress(GZIP.encode("latin-1")).decode("latin-1")), ("br,gzip", gzip.compress(BROTLI.encode("latin-1"), mtime=0).decode("latin-1")),
        ("gzip, gzip", gzip.compress(GZIP.encode("latin-1"), mtime=0).decode("latin-1")), ("gzip,", GZIP), (",gzip", GZIP), ("gzip, foo", ZLIB),
        ("foo, gzip", gzip.compress(ZLIB.encode("latin-1"), mtime=0).decode("latin-1")), ("gzip\r\nContent-Encoding: br", brotli.compress(GZIP.encode("latin-1")).decode("latin-1")),
        ("gzip, deflate, br", "text"), ("gzip,gzip,gzip,gzip,gzip", "text"), ("gzip,gzip,gzip,gzip,gzip,gzip", "text"), ("a,b,c,d,e,f", "text"),
        ("gzip\xe9, gzip", GZIP), ("gzip\xe9", GZIP), ("gzip,\xa0br", "text"), ("gzip, br", ""), ("gzip, br", GZIP), ("deflate, gzip", GZIP),
    ):  # fmt: skip
        head = f"{OK}Content-Encoding: {encoding}\r\n"
        yield "GET", f"{head}Content-Length: {len(body)}\r\n\r\n{body}"
        yield "GET", f"{head}\r\n{body}"
        if body:
            yield "GET", f"{head}{CHUNKED}\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n"
            yield "GET", f"{head}Content-Length: {len(body) + 5}\r\n\r\n{body}"
    for encoding in ("gzip", "gzip,gzip,gzip,gzip,gzip,gzip"):
        yield "HEAD", f"{OK}Content-Encoding: {encoding}\r\n\r\n"
        yield "HEAD", f"{OK}Content-Encoding: {encoding}\r\n{CHUNKED}\r\n"
        yield "GET", f"HTTP/1.1 204 x\r\nContent-Encoding: {encoding}\r\n\r\n"


MUTATED = [
    ("GET", OK + LENGTH_3 + "\r\nabc"),
    ("GET", OK + CHUNKED + "\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"),
    ("GET", OK + "A: b\r\n c\r\n" + LENGTH_3 + "Connection: close\r\n\r\nabc"),
    ("GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 100 Continue\r\n\r\n" + OK + "From a\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "Content-Length: 3, 3\r\nTransfer-Encoding: x, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
]
ALPHABET = "\r\n :;,0123456789abcfHT/.\x00\x7f\t-_+\xa0\x1c"
MUTATIONS = 50


def mutations():
    random_ = random.Random(20240613)
    for method, text in MUTATED:
        for _ in range(MUTATIONS):
            at = random_.randrange(len(text))
            kind = random_.randrange(3)
            if kind == 0:
                yield method, text[:at] + random_.choice(ALPHABET) + text[at + 1 :]
            elif kind == 1:
                yield method, text[:at] + text[at + 1 :]
            else:
                yield method, text[:at] + random_.choice(ALPHABET) + text[at:]


class Server:
    """Answers each connection with `answer` and ends it."""

    def __init__(self):
        self.answer = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536)
            connection.sendall(self.answer)
            connection.close()


def outcome(server, method, answer):
    server.answer = answer.encode("latin-1")
    failures = []
    hook = EventHook()
    hook.add_listener(lambda exception, **_: failures.append(exception))
    session = HttpSession(f"http://127.0.0.1:{server.listener.getsockname()[1]}", hook, None)
    session.trust_env = False
    try:
        response = session.request(method, "/", allow_redirects=False, timeout=5)
    except ValueError as error:  # Locust reports no failure; the exception ends the task
        return {"raised": repr(error)}
    if response.status_code == 0:
        return {"failure": repr(failures[0])}
    original = response.raw._original_response
    return {
        "status": response.status_code,
        "reason": response.reason,
        "headers": original.msg.items(),
        "body": response.content.decode("latin-1"),
        "keep_alive": not original.will_close,
    }


def main():
    server = Server()
    cases = []
    seen = set()
    for part in (status_lines, headers, framing, chunks, encodings, mutations):
        for method, answer in part():
            if (method, answer) not in seen:
                seen.add((method, answer))
                cases.append({"method": method, "answer": answer, **outcome(server, method, answer)})
    path = Path(__file__).with_name("requests_answers.json")
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    path.write_text(f"[\n{lines}\n]\n")
    print(f"{path.name}: {len(cases)} answers, urllib3 {urllib3.__version__}, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
