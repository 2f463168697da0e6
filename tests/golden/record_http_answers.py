"""Records how geventhttpclient's parser (llhttp) frames answers: tests/golden/http_answers.json.

usage: build/venv/bin/python tests/golden/record_http_answers.py

Answers, right and wrong ones and seeded mutations of them, and what Locust's FastHttpUser makes of them. Bytes are
written as ISO-8859-1 text. Regenerate when the geventhttpclient of compat-tests/requirements.txt changes.
"""

import json
import random
from pathlib import Path

import geventhttpclient
from geventhttpclient.response import HTTPResponse

OK = "HTTP/1.1 200 OK\r\n"
LENGTH_3 = "Content-Length: 3\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"

SEEDS = [
    ("GET", OK + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "Content-Length: 0\r\n\r\n"),
    ("GET", OK + "Content-Length: 10\r\n\r\nabc"),
    ("GET", OK + CHUNKED + "\r\n3\r\nabc\r\n0\r\n\r\n"),
    ("GET", OK + CHUNKED + "\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"),
    ("GET", OK + CHUNKED + "\r\n5\r\nabc"),
    ("GET", OK + CHUNKED + "\r\nzz\r\nabc"),
    ("GET", OK + CHUNKED + "\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    ("GET", OK + CHUNKED + "\r\n3\nabc\n0\n\n"),
    ("GET", OK + CHUNKED + "\r\n3 \r\nabc\r\n0\r\n\r\n"),
    ("GET", OK + CHUNKED + "\r\n3\r\nabcd\r\n0\r\n\r\n"),
    ("GET", OK + "Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    ("GET", OK + "Transfer-Encoding: foo\r\n\r\nabc"),
    ("GET", OK + "Transfer-Encoding: identity\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + LENGTH_3 + CHUNKED + "\r\n3\r\nabc\r\n0\r\n\r\n"),
    ("GET", OK + CHUNKED + LENGTH_3 + "\r\n3\r\nabc\r\n0\r\n\r\n"),
    ("GET", OK + LENGTH_3 + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "Content-Length: abc\r\n\r\nabc"),
    ("GET", OK + "Content-Length: -1\r\n\r\nabc"),
    ("GET", OK + "Content-Length: +3\r\n\r\nabc"),
    ("GET", OK + "Content-Length: 3, 3\r\n\r\nabc"),
    ("GET", OK + "Content-Length:   3  \r\n\r\nabc"),
    ("GET", OK + "Content-Length: 99999999999999999999999\r\n\r\nabc"),
    ("GET", OK + "Content-Length:\r\n\r\nabc"),
    ("GET", OK + "\r\nabc"),
    ("GET", OK + "A: b"),
    ("GET", ""),
    ("GET", "hello world\r\n\r\n"),
    ("GET", "<html>hi</html>"),
    ("GET", "\r\n\r\n" + OK + LENGTH_3 + "\r\nabc"),
    ("HEAD", OK + LENGTH_3 + "\r\n"),
    ("HEAD", OK + CHUNKED + "\r\n"),
    ("HEAD", OK + "\r\n"),
    ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
    ("GET", "HTTP/1.1 304 Not Modified\r\n" + LENGTH_3 + "\r\n"),
    ("GET", "HTTP/1.1 204 No Content\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 100 Continue\r\n\r\n" + OK + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.0 200 OK\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.0 200 OK\r\n" + CHUNKED + "\r\n3\r\nabc\r\n0\r\n\r\n"),
    ("GET", "HTTP/2.0 200 OK\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.2 200 OK\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 200\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 200 \r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 404 Not Found\r\nConnection: close\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 99 x\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 999 x\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 2000 x\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", "HTTP/1.1 200 OK\n" + LENGTH_3 + "\nabc"),
    ("GET", OK + "Content-Length: 3\n\r\nabc"),
    ("GET", OK + "A: b\r\n c\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "A : b\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "Abc\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + ": v\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "A:\r\nB: \t x \xff\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "A: \x01\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "A: x\x00y\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "A: x\ry\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "Connection: foo, Close\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + "Connection: upgrade\r\nUpgrade: h2c\r\n" + LENGTH_3 + "\r\nabc"),
    ("GET", OK + LENGTH_3 + "\r\nabcdef"),
]
ALPHABET = "\r\n :;,0123456789abcfHT/.\x00\x7f\t-"
MUTATIONS = 8


def mutations(random_, text):
    for _ in range(MUTATIONS):
        if not text:
            return
        at = random_.randrange(len(text))
        kind = random_.randrange(3)
        if kind == 0:
            yield text[:at] + random_.choice(ALPHABET) + text[at + 1 :]
        elif kind == 1:
            yield text[:at] + text[at + 1 :]
        else:
            yield text[:at] + random_.choice(ALPHABET) + text[at:]


def outcome(method, text):
    response = HTTPResponse(method)
    try:
        response.feed(text.encode("latin-1"))
        if not response.message_complete:
            response.feed(b"")
    except geventhttpclient.response.HTTPParseError as error:
        return {"failure": repr(error)}
    if not response.message_complete:
        return {"failure": "nothing"}
    return {
        "status": response.get_code(),
        "body": bytes(response._body_buffer).decode("latin-1"),
        "keep_alive": not response.should_close(),
    }


def main():
    random_ = random.Random(20240613)
    cases = []
    for method, text in SEEDS:
        for answer in [text, *mutations(random_, text)]:
            cases.append({"method": method, "answer": answer, **outcome(method, answer)})
    path = Path(__file__).with_name("http_answers.json")
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    path.write_text(f"[\n{lines}\n]\n")
    print(f"{path.name}: {len(cases)} answers, geventhttpclient {geventhttpclient.__version__}")


if __name__ == "__main__":
    main()
