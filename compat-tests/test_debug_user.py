"""--debug-user with HTTP: what a person sees of each request and its answer."""

from __future__ import annotations

import re
import subprocess

import pytest

from support.misbehaving_server import MisbehavingServer
from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES
from support.workers import CACHE, compile_once


@pytest.fixture
def shown(ended, tmp_path):
    server = ended(MisbehavingServer(tmp_path))
    compile_once(LOCUSTFILES / "debug.cpp")
    command = [BINARY, "-f", LOCUSTFILES / "debug.cpp", "--debug-user", "WebUser", "--iterations", "1"]
    done = subprocess.run(
        [*command, "--host", server.url, "--secure", server.tls_url, "--ca", server.certificate],
        env={"CPPWORKER_CACHE_DIR": str(CACHE), "PATH": "/usr/bin:/bin", "HOME": "/"},
        capture_output=True,
        text=True,
        timeout=COMPILE_PATIENCE,
    )
    assert done.returncode == 1, "requests failed"
    return requests_of(done.stdout), server


def requests_of(output: str) -> dict[str, tuple[str, list[str]]]:
    """By name: the exception and the indented lines."""
    requests: dict[str, tuple[str, list[str]]] = {}
    for line in output.splitlines()[2:]:
        if line.startswith("    "):
            requests[name][1].append(line.strip())  # noqa: F821
        elif line:
            fields = [field.strip() for field in line.split("\t")]
            name = fields[1]
            requests[name] = (fields[4], [])
    return requests


def test_every_request_and_its_answer_are_printed(shown):
    requests, server = shown
    assert list(requests) == [
        "/debug/set_cookie?a=seen%3Dyes",
        "moved",
        "/debug/status/404/Not%20Found",
        "/nobody",
        "trusted",
        "untrusted",
    ]
    exception, lines = requests["/debug/set_cookie?a=seen%3Dyes"]
    assert exception == ""
    assert lines[0] == f"200 {server.url}/debug/set_cookie?a=seen%3Dyes"
    assert "Set-Cookie: seen=yes" in lines
    assert lines[-1] == "cookie"

    exception, lines = requests["moved"]
    assert exception == ""
    assert lines[:2] == [f"302 {server.url}/debug/redirect/302/text", f"200 {server.url}/debug/text"]

    exception, lines = requests["/debug/status/404/Not%20Found"]
    assert exception.startswith("HTTPError('404 Client Error: Not Found for url: ")
    assert lines[-1] == "status 404"

    assert requests["/nobody"] == (
        "ConnectionRefusedError(111, 'Connection refused')",
        ["no response from http://127.0.0.1:1/nobody"],
    )
    exception, lines = requests["trusted"]
    assert exception == ""
    assert lines[0] == f"200 {server.tls_url}/debug/json"
    exception, lines = requests["untrusted"]
    assert re.search("certificate verify failed", exception)
    assert lines == [f"no response from {server.tls_url}/debug/json"]
