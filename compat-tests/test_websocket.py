"""WebSockets against real servers: aiohttp, nginx in front of it, and the Autobahn test suite (kosoku)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from support.chat_server import ChatServer
from support.nginx import Nginx
from support.ports import free_port
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, REPOSITORY, VENV
from support.standalone import csv_rows
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "websocket.cpp"
CHAT = REPOSITORY / "examples" / "chat" / "locustfile.cpp"
USERS = ["HttpEcho", "FastEcho"]

PROXY = """
map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
server {{
  listen {address}:{port};
  location / {{
    proxy_pass {url};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Host $host;
  }}
}}
"""


class Run:
    """A finished run."""

    def __init__(self, folder: Path, url: str, *arguments, locustfile: Path = LOCUSTFILE, patience=COMPILE_PATIENCE, **settings):
        compile_once(locustfile)
        process = run_binary(
            *("-f", locustfile, "--headless", "--threads=2", "-r", 1000, "--csv", folder / "run", "--host", url),
            *arguments,
            env={f"WS_{name.upper()}": str(value) for name, value in settings.items()},
        )
        try:
            process.wait(patience)
        finally:
            process.stop()
        self.output = process.output
        self.rows = {f"{row[0]} {row[1]}": row for row in csv_rows(folder / "run_stats.csv")[1:]}
        self.failures = {f"{row[0]} {row[1]} {row[2]}": int(row[3]) for row in csv_rows(folder / "run_failures.csv")[1:]}

    @property
    def counts(self) -> dict[str, int]:
        return {name: int(row[2]) for name, row in self.rows.items() if name != " Aggregated"}


def nginx_before(url: str, folder: Path) -> tuple[Nginx, str]:
    port = free_port()
    nginx = Nginx(folder, more=PROXY.format(address=LOOPBACK, port=port, url=url))
    return nginx, f"http://{LOOPBACK}:{port}"


@pytest.mark.parametrize("compression", [0, 1])
@pytest.mark.parametrize("user", USERS)
def test_echoes(ended, tmp_path, user, compression):
    server = ended(ChatServer())
    run = Run(tmp_path, server.url, user, "-u", 20, iterations=40, compression=compression)
    assert not run.failures, run.output
    assert run.counts == {"WS socket": 40, "WSC echo": 400, "WS close socket": 40}
    assert server.counts == {"opened": 40, "messages": 400, "closed 1000": 40}


@pytest.mark.parametrize("size", [125, 126, 65535, 65536, 3_000_000])
def test_sizes(ended, tmp_path, size):
    server = ended(ChatServer())
    run = Run(tmp_path, server.url, "FastEcho", "-u", 1, size=size, echoes=4)
    assert not run.failures, run.output
    assert server.counts["messages"] == 4


ENDS = {
    "close 1011 no-room": "WSR after WebSocketClosed(1011, 'no-room')",
    "close 1000 bye": "WSR after WebSocketClosed(1000, 'bye')",
    "die": "WSR after WebSocketClosed(1006)",
    "garbage": "WSR after WebSocketError('1002: reserved opcode')",
}


@pytest.mark.parametrize("command", ENDS)
@pytest.mark.parametrize("user", USERS)
def test_a_server_that_ends_the_connection(ended, tmp_path, user, command):
    server = ended(ChatServer())
    run = Run(tmp_path, server.url, user, "-u", 5, iterations=5, command=command)
    receive = ENDS[command]
    expected = {receive: 5}
    if command != "close 1000 bye":  # otherwise the end is in order
        expected[receive.replace("WSR after", "WS close socket")] = 5
    assert run.failures == expected, run.output
    assert run.counts == {
        "WS socket": 5,
        "WSC echo": 50,
        "WSS command": 5,
        "WSR after": 5,
        "WS close socket": 5,
    }


@pytest.mark.parametrize("user", USERS)
def test_a_refused_handshake(ended, tmp_path, user):
    server = ended(ChatServer())
    run = Run(tmp_path, server.url, user, "-u", 5, iterations=5, path="/refused")
    assert run.failures == {"WS socket WebSocketBadStatus(403)": 5}
    assert run.counts == {"WS socket": 5}
    assert server.counts == {"refused": 5}


@pytest.mark.parametrize("user", USERS)
def test_nobody_listens(tmp_path, user):
    run = Run(tmp_path, f"http://{LOOPBACK}:{free_port()}", user, "-u", 1)
    ((failure, count),) = run.failures.items()
    assert count == 1
    assert failure.startswith("WS socket ") and "Connection refused" in failure, failure


def test_on_message_that_holds_its_thread(ended, tmp_path):
    server = ended(ChatServer())
    run = Run(tmp_path, server.url, "Blocking", "-u", 1)
    assert not run.failures, run.output
    assert "Blocking.WebSocket::on_message blocked its thread for" in run.output


@pytest.mark.parametrize("proxied", [False, True])
def test_chat(ended, tmp_path, proxied):
    """The example: cookies of a login, a subprotocol, messages of others between the tasks."""
    server = ended(ChatServer())
    url = server.url
    if proxied:
        nginx, url = nginx_before(server.url, tmp_path)
        ended(nginx)
    run = Run(tmp_path, url, "-u", 20, "-t", "5s", "--stop-timeout", 10, locustfile=CHAT)
    counts = server.counts
    assert counts["opened"] == 20 and counts["say"] > 20, run.output
    refused = counts["refusals"]  # each user's tenth message: a slow machine may not reach it
    assert run.failures == ({"WSC say CatchResponseError('refused')": refused} if refused else {}), run.output
    rows = run.counts
    heard = rows.pop("CHAT said by others")
    assert rows == {
        "POST /login": 20,
        "WS /chat": 20,
        "WSC say": counts["say"],
        "WSS typing": counts["typing"],
        "WS close /chat": 20,
    }
    assert counts["closed 1000"] == 20
    # What is sent to a user that is closing its connection is not received.
    assert counts["broadcasts"] * 0.9 <= heard <= counts["broadcasts"]


def test_autobahn(ended, tmp_path):
    """The cases of the protocol. With AUTOBAHN=all also those of large messages and of compression, which take ten minutes."""
    takes_all = os.environ.get("AUTOBAHN") == "all"
    results = autobahn(ended, tmp_path, [] if takes_all else PROTOCOL_CASES)
    assert len(results) == (517 if takes_all else 247)
    wrong = {
        name: (result["behavior"], result["behaviorClose"])
        for name, result in results.items()
        if result["behavior"] not in ("OK", "INFORMATIONAL") or result["behaviorClose"] not in ("OK", "INFORMATIONAL")
    }
    assert not wrong


PROTOCOL_CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]
"""Of the Autobahn test suite."""


def autobahn(ended, folder: Path, cases: list[str]) -> dict[str, dict]:
    port = free_port()
    include = [argument for case in cases for argument in ("-i", case)]
    command = [VENV / "bin" / "kosoku", "-m", "fuzzingserver", *include, "-o", folder / "reports", f"{LOOPBACK}:{port}"]
    server = ended(Process("kosoku", command, env={"PYTHONUNBUFFERED": "1"}))
    server.expect("listening on")
    run = Run(folder, f"http://{LOOPBACK}:{port}", "Autobahn", "-u", 1, patience=1200)
    assert "Traceback" not in run.output, run.output
    server.expect("wrote reports")
    return json.loads((folder / "reports" / "index.json").read_text())["cpp-worker"]
