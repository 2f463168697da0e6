"""Reads what `cpp-worker --headless` and `locust --headless` print and write."""

from __future__ import annotations

import csv
import re
from pathlib import Path

DIFFERENT = {
    r"Starting (Locust|cpp-worker) \S+.*": "Starting",
    r"(Ignored|Precompiling|Compiling|Compiled) .*": None,
    r"Requests cut off while stopping: .*": None,  # see "cut off" below
    r"message hello": None,  # see test_log_lines_and_exit_code
}
"""Log lines that differ, and the text that takes their place in the comparison; None: only cpp-worker has the line."""


OF_THE_DOCUMENT = {
    "spread": "starts all users of a second at once",
    "precision": "shows whole milliseconds",
    "module": "lines of the log name the module",
    "files": "rewrites the CSV files in place, and flushes them every 5 s",
    "message": "`send_message()` calls the listener of one's own message before it returns",
    "signal": "after SIGINT or SIGTERM, decides the exit code before the users stop",
    "ramp-down": "a ramp-down waits for users that use up the stop_timeout",
    "json": "`--json-file` leaves out the final tables",
    "exception text": "an exception has the text alone, without its type",
    "cut off": "does not mention requests that a stop cuts off",
    "no host": "ends with exit code 0 if a user class has no host",
    "generator": "the tables are the end of the output",
}
"""The complete list of deliberate differences between a run without a master and `locust --headless`. The values are the first
column of the table in docs/options.md (a test compares the two)."""

SHOWN_BY = {
    "spread": "LocalRunner.UsersAreSpreadOverTheSecond",
    "precision": "Golden.*",
    "module": "test_log_lines_and_exit_code",
    "files": "test_at_any_moment",
    "message": "test_log_lines_and_exit_code",
    "signal": "LocalRunner.WithThresholdsTheExitCodeAfterASignalCountsTheLastRequests",
    "ramp-down": "LocalShape.ATickIsNotHeldUpByTheRampBeforeIt",
    "json": "test_json",
    "exception text": "test_fixed_iterations_of_other_twins",
    "cut off": "test_log_lines_and_exit_code",
    "no host": "test_without_a_host_the_run_ends",
    "generator": "test_the_verdict_on_a_generator_whose_thread_is_blocked",
}
"""The test of each difference."""


def log_lines(output: str) -> list[str]:
    """`LEVEL text` of each line of the log, except errors: tracebacks of Python and C++ differ."""
    lines = []
    for level, text in re.findall(r"^\[[\d :,-]+\] \S+?/([A-Z]+)/[\w.-]+: (.*)$", output, re.M):
        for pattern, common in DIFFERENT.items():
            if re.fullmatch(pattern, text):
                text = common
                break
        if text and level in ("INFO", "WARNING"):
            lines.append(f"{level} {text}")
    return lines


def tables(output: str) -> list[str]:
    """The lines of the final tables, without the verdict on the generator after them."""
    shown = re.split(r"^Generator: ", output[output.index("Shutting down (exit code") :], flags=re.M)[0]
    return shown.splitlines()[1:]


def rows(lines: list[str]) -> dict[str, tuple[int, int]]:
    """Requests and failures by `TYPE name`, from the first table."""
    found = {}
    for line in lines[2:]:
        if not line:
            return found
        if match := re.match(r"(\S*)\s+(.+?)\s+(\d+)\s+(\d+)\([\d.]+%\) \|", line):
            found[f"{match[1]} {match[2]}".strip()] = (int(match[3]), int(match[4]))
    raise AssertionError("no end of the table")


def csv_rows(file: Path) -> list[list[str]]:
    with file.open(newline="") as opened:
        return list(csv.reader(opened))
