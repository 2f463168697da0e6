"""Server-sent events: examples/llm against a server that streams tokens and counts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.llm_server import LlmServer
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, REPOSITORY
from support.standalone import csv_rows
from support.workers import compile_once, run_binary

LOCUSTFILE = REPOSITORY / "examples" / "llm" / "locustfile.cpp"
TOKENS = 20


class Run:
    """A finished run of examples/llm, or of another locustfile, with a fixed number of tasks."""

    def __init__(self, folder: Path, server: LlmServer, *options, locustfile: Path = LOCUSTFILE):
        compile_once(locustfile)
        process = run_binary(
            *("-f", locustfile, "--headless", "--threads=2", "-u", 10, "-r", 100, "-i", 30, "--csv", folder / "llm"),
            *("--host", server.url, *options),
            env={"LLM_MAX_TOKENS": str(TOKENS)},
        )
        try:
            self.code = process.wait(COMPILE_PATIENCE)
        finally:
            process.stop()
        self.output = process.output
        table = csv_rows(folder / "llm_stats.csv")
        self.rows = {f"{row[0]} {row[1]}": dict(zip(table[0], row)) for row in table[1:]}
        self.failures = {f"{row[0]} {row[1]} {row[2]}": int(row[3]) for row in csv_rows(folder / "llm_failures.csv")[1:]}

    def count(self, row: str) -> int:
        return int(self.rows[row]["Request Count"])

    def bytes(self, row: str) -> float:
        return float(self.rows[row]["Average Content Size"]) * self.count(row)


def test_rows_are_the_servers_own_counts(ended, tmp_path):
    server = ended(LlmServer())
    run = Run(tmp_path, server)
    assert not run.failures, run.output
    assert server.counts["requests"] == 30
    for row in ("POST chat", "SSE first event chat", "SSE chat", "LLM time to first token", "LLM time per token"):
        assert run.count(row) == 30, row
    assert run.count("SSE event chat") + 30 == server.counts["events"]
    assert run.bytes("SSE chat") == pytest.approx(server.counts["bytes"])
    assert run.bytes("LLM time per token") == pytest.approx(server.counts["tokens"])
    assert f"{server.counts['tokens']} tokens, " in run.output


def test_no_event_arrives_before_it_was_sent(ended, tmp_path):
    """The server paces itself, so a time below its own would be wrong however busy the machine is."""
    server = ended(LlmServer())
    run = Run(tmp_path, server)
    first = run.rows["LLM time to first token"]
    assert float(first["Min Response Time"]) >= 1000 * server.interval
    assert float(run.rows["SSE chat"]["Min Response Time"]) >= 1000 * server.interval * TOKENS
    assert float(run.rows["SSE first event chat"]["Min Response Time"]) < float(first["Min Response Time"])


@pytest.mark.parametrize("user", ["HttpReader", "FastReader"])
def test_what_the_loop_waits_for_is_not_in_the_times(ended, tmp_path, user):
    """Each event makes the user wait for 0.2 s. The stream, of 8 events, has ended long before."""
    server = ended(LlmServer())
    run = Run(tmp_path, server, user, locustfile=LOCUSTFILES / "slow_reader.cpp")
    assert not run.failures, run.output
    assert run.count("SSE chat") == 30
    assert server.counts["events"] == 30 * 8
    slept = 1000 * 0.2 * 8
    assert float(run.rows["SSE chat"]["Max Response Time"]) < 1000 * max(server.stream_times) + slept / 2


def test_streams_that_break_off_are_failures_of_the_whole(ended, tmp_path):
    server = ended(LlmServer(interval=0.002, breaks_off_after=5))
    run = Run(tmp_path, server)
    broken = server.counts["broken"]
    assert broken == 10
    assert sum(run.failures.values()) == broken, run.failures
    assert all(failure.startswith("SSE chat ") for failure in run.failures), run.failures
    assert run.count("SSE chat") == server.counts["requests"] == 30
    assert run.count("SSE event chat") + 30 == server.counts["events"]
    assert "Traceback" not in run.output and "ERROR" not in run.output, run.output
