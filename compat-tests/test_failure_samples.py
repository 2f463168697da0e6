"""Samples of failed requests (`--failure-samples`): the run file, the reports, HAR, the curl lines."""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import threading
from collections import defaultdict
from types import SimpleNamespace

import pytest

from support import har, run_file
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK
from support.threaded_server import Handler, ThreadedServer
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "failing.cpp"
TOKEN = 's3cret/"tökén" & more'
SECRETS = [
    "s3cret", "kén", r"t\u00f6k", "%C3%B6k", "b3arer-token", "api-k3y-value", "c00kie-value", "passw0rd",
    base64.b64encode(b"ann:passw0rd-of-ann").decode(), "pa55word", "bob", "pa55phrase",
]  # fmt: skip
"""What must not be in any output."""

MARKUP = "</script><script>document.title = 'changed'</script><img src=x onerror=\"document.title = 'changed'\">"
"""A body that must not become part of a page."""


class EchoServer(ThreadedServer):
    """Remembers the requests by their header X-Case."""

    def __init__(self):
        requests = self.requests = defaultdict(list)
        lock = threading.Lock()

        class EchoHandler(Handler):
            def answer_bytes(self, status: int, body: bytes, **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                case = self.headers.get("X-Case")
                with lock:
                    requests[case].append(
                        (self.command, self.path, list(self.headers.raw_items()), body)
                    )
                kind, _, rest = self.path.lstrip("/").partition("/")
                if kind == "status":
                    status = int(re.match(r"\d+", rest)[0])
                    self.answer_bytes(status, b"{}" if status == 200 else "kaputt ☃".encode())
                elif kind == "redirect":
                    self.answer_bytes(302, b"", Location="/" + rest)
                elif kind == "long":
                    self.answer_bytes(500, b"x" * 40_000)
                elif kind == "image":
                    self.answer_bytes(500, b"\x89PNG\x00\xff", Content_Type="image/png")
                elif kind == "markup":
                    self.answer_bytes(500, MARKUP.encode(), Content_Type="text/html")
                elif kind == "cut":
                    self.wfile.write(b"HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\nnot all")
                    self.close_connection = True
                else:
                    echo = f"{self.path}\n{self.headers}\n{body.decode()}\n{json.dumps(body.decode())}"
                    self.answer_bytes(500, echo.encode(), Set_Cookie="session=c00kie-value")

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

        super().__init__(EchoHandler)


def run(*options, env=None) -> Process:
    compile_once(LOCUSTFILE)
    process = run_binary("-f", LOCUSTFILE, "--headless", "--threads=2", *options, env=env)
    process.wait(COMPILE_PATIENCE)
    process.stop()
    return process


def closed_url() -> tuple[socket.socket, str]:
    """A URL whose port is bound, so that nobody else gets it, but does not listen."""
    bound = socket.socket()
    bound.bind((LOOPBACK, 0))
    return bound, f"http://{LOOPBACK}:{bound.getsockname()[1]}/closed"


@pytest.fixture(scope="module", params=["own", "curl"])
def recorded(request, tmp_path_factory):
    """A run in which each request fails once, with our connections and with libcurl."""
    folder = tmp_path_factory.mktemp(request.param)
    server = EchoServer()
    bound, closed = closed_url()
    process = run(
        "-u", "3", "-r", "100", "-t", "60s", "-i", "3", "--token", TOKEN, "--closed", closed.replace("//", "//bob:pa55phrase@"),
        "--host", server.url.replace("//", "//ann:pa55word@"), "--mask-headers", "X-Unused,x-api-KEY",
        "--failure-samples", "20", "--out", folder / "run.cwr",
        "--report", folder / "run.json", "--report", folder / "run.md",
        "--report", folder / "other.har", "--report", folder / "run.html", "--csv", folder / "run", "--json-file", folder / "stats",
        env={"CPPWORKER_HTTP_ENGINE": request.param},
    )  # fmt: skip
    bound.close()
    report = json.loads((folder / "run.json").read_text())
    yield SimpleNamespace(
        folder=folder, server=server, output=process.output, samples=report["samples"],
        failures=report["failures"], closed=closed,
    )  # fmt: skip
    server.stop()


def sample_of(recorded, name: str, user_class: str) -> dict:
    found = [s for s in recorded.samples if s["name"] == name and s["user_class"] == user_class]
    assert len(found) == 1, recorded.samples
    return found[0]


def test_each_failure_has_a_sample(recorded):
    key = lambda row: (row["type"], row["name"], row["error"])
    assert {key(s) for s in recorded.samples} == {key(f) for f in recorded.failures}
    for failure in recorded.failures:
        count = sum(key(s) == key(failure) for s in recorded.samples)
        assert count == min(20, failure["count"])


def test_sample_has_what_was_sent_and_received(recorded):
    for user_class in ("Requests", "Fast"):
        sample = sample_of(recorded, "/checked", user_class)
        assert sample["error"] == 'CatchResponseError("it\'s not what I want")'
        assert sample["task"] == "run"
        assert sample["remote_address"] == recorded.server.url.removeprefix("http://")
        assert sample["request"]["method"] == "GET"
        assert sample["request"]["url"] == recorded.server.url + "/status/200"
        assert sample["response"]["status"] == 200
        assert sample["response"]["reason"] == "OK"
        assert sample["response"]["body"] == {"encoding": "utf-8", "text": "{}", "bytes": 2, "left_out": 0}
        assert ["Content-Length", "2"] in sample["response"]["headers"]
        assert 0 < sample["response_time_ms"] < 60_000

        redirected = sample_of(recorded, "/redirected", user_class)
        assert redirected["request"]["url"].endswith("/status/500")
        assert [(r["status"], r["location"]) for r in redirected["redirects"]] == [(302, "/status/500")]

        long = sample_of(recorded, "/long", user_class)["response"]["body"]
        assert (long["bytes"], long["left_out"], len(long["text"])) == (40_000, 40_000 - 16_384, 16_384)

        image = sample_of(recorded, "/image", user_class)["response"]["body"]
        assert image["encoding"] == "base64"
        assert base64.b64decode(image["text"]) == b"\x89PNG\x00\xff"

        closed = sample_of(recorded, "/closed", user_class)
        assert closed["response"] is None
        assert closed["request"]["url"] == recorded.closed.replace("//", "//***@")

        cut = sample_of(recorded, "/cut", user_class)
        assert cut["request"]["url"].endswith("/cut")
    cut = sample_of(recorded, "/cut", "Requests")
    assert (cut["response"]["status"], cut["response"]["body"]["text"]) == (500, "not all")


def test_sample_of_an_own_client(recorded):
    measured = [s for s in recorded.samples if s["name"] == "ask"]
    assert len(measured) == 1
    assert (measured[0]["request"], measured[0]["response"]) == (None, None)
    assert measured[0]["detail"]["text"] == "sent: HELLO ***\nreceived: WHO?"
    fired = [s for s in recorded.samples if s["name"] == "fired"]
    assert (fired[0]["detail"]["text"], fired[0]["response_time_ms"]) == ("by hand", 5)


def masked(headers: list) -> list:
    return sorted((name.lower(), "***" if name == "Authorization" else value) for name, value in headers)


def test_curl_line_repeats_the_request(recorded):
    cases = {}
    for sample in recorded.samples:
        names = dict(map(tuple, (sample["request"] or {}).get("headers", [])))
        if case := names.get("X-Case"):
            cases[case] = sample["request"]["curl"]
    served = recorded.server.requests
    assert set(cases) == {case for case in served if case}
    assert len(cases) == 26
    for case, curl in cases.items():
        (sent,) = served.pop(case)
        assert "\n" not in curl
        done = subprocess.run(["bash", "-c", curl + " -s"], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, (curl, done)
        (repeated,) = served[case]
        assert repeated[:2] == sent[:2], curl
        assert masked(repeated[2]) == masked(sent[2]), curl
        assert repeated[3] == sent[3], curl
        if " -I " not in curl:
            assert "kaputt ☃" in done.stdout.decode(), curl


def test_har_is_valid(recorded):
    beside = (recorded.folder / "run.failures.har").read_text()
    assert json.loads((recorded.folder / "other.har").read_text()) == json.loads(beside)
    har.check(json.loads(beside))
    log = json.loads(beside)["log"]
    http = [s for s in recorded.samples if s["request"]]
    assert [e["request"]["url"] for e in log["entries"]] == [s["request"]["url"] for s in http]
    assert log["comment"].startswith("2 samples are not here")
    answered = [e for e in log["entries"] if e["response"]["status"] > 0]
    assert {e["serverIPAddress"] for e in answered} == {LOOPBACK}


def test_markdown_shows_samples(recorded):
    text = (recorded.folder / "run.md").read_text()
    assert "<details><summary>Sample of a failure:" in text
    assert "curl -i" in text
    assert len(text) < 65_536


def test_secrets_are_nowhere(recorded):
    assert any(TOKEN.encode() in body for *_, body in recorded.server.requests[None]), "it was sent"
    texts = {"log": recorded.output}
    for file in recorded.folder.iterdir():
        texts[file.name] = file.read_text("latin-1") + file.read_text("utf-8", errors="replace")
    blocks = run_file.blocks(recorded.folder / "run.cwr")
    texts["blocks"] = str(blocks) + str([str(b).encode() for b in blocks])
    assert sum(block["type"] == "sample" for block in blocks) >= len(recorded.samples)
    assert {"run.cwr", "run.failures.har", "other.har", "run.md", "run.json", "run_failures.csv"} <= set(texts)
    for name, text in texts.items():
        for secret in SECRETS:
            assert secret not in text, (name, secret)
    assert "CatchResponseError('wrong token ***')" in texts["run.json"]


def test_blocks_are_as_documented(recorded):
    blocks = run_file.blocks(recorded.folder / "run.cwr")
    assert blocks[0]["facts"]["failure_samples"] == 20
    (long,) = [b for b in blocks if b["type"] == "sample" and (b["name"], b["user"]) == ("/long", "Fast")]
    assert long["response"]["body"] == b"x" * 16_384
    assert long["response"]["body_left_out"] == 40_000 - 16_384
    assert b"\r\nContent-Length: 40000\r\n" in long["response"]["headers"]
    assert b"Authorization: ***\r\n" in long["request"]["headers"]
    assert (long["method"], long["task"], long["request"]["method"]) == ("GET", "run", "GET")
    assert 0 <= long["priority"] < 2**63


def test_samples_can_be_switched_off(tmp_path):
    server = EchoServer()
    (tmp_path / "run.failures.har").write_text("of an earlier run")
    bound, closed = closed_url()
    process = run(
        "-u", "3", "-r", "100", "-i", "3", "--host", server.url, "--closed", closed,
        "--out", tmp_path / "run.cwr", "--report", tmp_path / "run.json", "--failure-samples", "0",
    )  # fmt: skip
    bound.close()
    server.stop()
    assert process.matching("GET +/checked")
    assert json.loads((tmp_path / "run.json").read_text())["samples"] == []
    assert not any(block["type"] == "sample" for block in run_file.blocks(tmp_path / "run.cwr"))
    assert not (tmp_path / "run.failures.har").exists()


@pytest.mark.parametrize("value", ["21", "-1", "some"])
def test_wrong_number_of_samples(value):
    process = run_binary("-f", LOCUSTFILE, f"--failure-samples={value}")
    assert process.wait() == 2
    process.stop()
    assert "--failure-samples" in process.output
