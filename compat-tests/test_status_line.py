"""The line with the state of the run that `cpp-worker --headless` keeps at the bottom of a terminal."""

from __future__ import annotations

import json
import re

import pytest

from support.http_server import HttpServer
from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES
from support.terminal import Terminal
from support.workers import CACHE, compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "standalone.cpp"
STATUS = r"\d+:\d\d / 0:05 \| \d+ users?"
BAR = r"\[#*-*\] " + STATUS + r" \| \d+\.\d req/s \| 0\.00% failed \| p95 [\d.]+ ms"
INTACT = [
    r"\[\d{4}-\d\d-\d\d [\d:,]+\] \S+/[A-Z]+/cpp-worker: \S.*",
    r"Type     Name .* # (reqs|fails)? .*",
    r"Type     Name .* # reqs",
    r"-+(\|-*)+",
    r"(GET +/steady|        ) .*\d",
    r" +Aggregated +\d+ .*\d",
    r"Response time percentiles \(approximated\)",
    r"",
]
"""Every line of the log and of the tables matches one of these."""


def command(server: HttpServer, *options) -> list:
    compile_once(LOCUSTFILE)
    return ["-f", LOCUSTFILE, "--headless", "--threads=2", "--host", server.url, *options, "Steady"]


@pytest.fixture
def terminal(ended):
    def start(columns: int, *options, term="xterm") -> Terminal:
        server = ended(HttpServer())
        words = [str(BINARY), *command(server, *options)]
        return ended(Terminal(words, columns, {"CPPWORKER_CACHE_DIR": str(CACHE), "TERM": term}))

    return start


def damaged(lines: list[str]) -> list[str]:
    """Lines that are none of INTACT. The verdict on the generator, at the end, may have any form but that of the
    status line."""
    end = next((i for i, line in enumerate(lines) if line.startswith("Generator: ")), len(lines))
    strange = [line for line in lines[:end] if not any(re.fullmatch(pattern, line) for pattern in INTACT)]
    return strange + [line for line in lines[end:] if re.search(STATUS, line)]


@pytest.mark.parametrize("columns", [200, 110, 30])
def test_log_lines_and_tables_appear_above_it(terminal, columns):
    shown = terminal(columns, "-u", "2", "-r", "100", "-t", "5s")
    expected = BAR if columns > 100 else STATUS
    shown.until(lambda lines: re.fullmatch(expected, lines[-1]), COMPILE_PATIENCE)
    assert len(shown.screen.lines()[-1]) < columns
    assert damaged(shown.screen.lines()[:-1]) == []
    shown.until(lambda lines: any("(2 total users)" in line for line in lines))
    shown.press("w")
    shown.until(lambda lines: any("(3 total users)" in line for line in lines))
    assert shown.wait() == 0
    lines = shown.screen.lines()
    assert damaged(lines) == [], "the status line is removed"
    assert sum(line.startswith("Type     Name") for line in lines) >= 4, "tables during the run, and the final ones"


def test_it_is_removed_before_json_is_printed(terminal):
    shown = terminal(200, "-t", "2s", "--json", "--only-summary")
    shown.until(lambda lines: re.match(r"\[#+-+\] 0:01 / 0:02 \|", lines[-1]), COMPILE_PATIENCE)
    assert shown.wait() == 0
    text = "\n".join(shown.screen.lines())
    (entry,) = json.loads(text[text.index("\n[\n") : text.index("\n]\n") + 3])
    assert entry["name"] == "/steady"


def test_a_terminal_that_cannot_erase_has_no_status_line(terminal):
    shown = terminal(200, "-t", "2s", term="dumb")
    assert shown.wait(COMPILE_PATIENCE) == 0
    assert damaged(shown.screen.lines()) == []


def test_a_pipe_has_no_status_line(ended):
    server = ended(HttpServer())
    process = ended(run_binary(*command(server, "-t", "2s"), env={"TERM": "xterm"}))
    assert process.wait(COMPILE_PATIENCE) == 0
    assert damaged([line.rstrip() for line in process.lines]) == []
