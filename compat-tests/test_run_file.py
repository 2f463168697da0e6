"""The run file (`--out`) and the reports on it."""

from __future__ import annotations

import csv
import json
import random
import re
import signal
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support import run_file
from support.http_server import HttpServer
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES
from support.timing_server import TimingServer
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "standalone.cpp"


def start(*options, prefix=()) -> Process:
    compile_once(LOCUSTFILE)
    return run_binary("-f", LOCUSTFILE, "--headless", "--threads=2", *options, prefix=prefix)


def report(*arguments) -> Process:
    process = run_binary("report", *arguments)
    process.wait(COMPILE_PATIENCE)
    process.stop()
    return process


def report_json(folder: Path, *files: Path) -> dict:
    target = folder / "merged.json"
    process = report(*files, "--report", target)
    assert target.is_file(), process.output
    return json.loads(target.read_text())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A run with failures, thresholds and all files."""
    folder = tmp_path_factory.mktemp("recorded")
    server = HttpServer()
    process = start(
        "-u", "6", "-r", "3", "-t", "4s", "--host", server.url.replace("//", "//ann:secret@"),
        "--out", folder / "run.cwr", "--csv", folder / "run",
        "--report", folder / "run.json", "--report", folder / "run.md",
        "--fail-if", "p95 > 100s", "--fail-if", 'fails of "POST /form" > 1',
    )  # fmt: skip
    code = process.wait(COMPILE_PATIENCE)
    process.stop()
    server.stop()
    assert code == 3, process.output
    return folder, process.output, server.requests()


def test_json_has_the_figures_of_the_csv_files(recorded):
    folder, _, served = recorded
    found = json.loads((folder / "run.json").read_text())
    assert (found["format"], found["version"]) == ("cpp-worker report", 1)
    with (folder / "run_stats.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    entries = [*found["entries"], found["total"]]
    assert len(rows) == len(entries) == 5
    columns = {
        "Request Count": "requests",
        "Failure Count": "failures",
        "Median Response Time": "median_ms",
        "Average Response Time": "average_ms",
        "Min Response Time": "minimum_ms",
        "Max Response Time": "maximum_ms",
        "Average Content Size": "average_bytes",
        "Requests/s": "requests_per_s",
        "Failures/s": "failures_per_s",
    }
    for row, entry in zip(rows, entries):
        assert (row["Type"], row["Name"]) == (entry["type"], entry["name"])
        for column, key in columns.items():
            assert float(row[column]) == entry[key], (entry["name"], column)
        for heading, value in entry["percentiles_ms"].items():
            assert float(row[heading]) == value, (entry["name"], heading)
    with (folder / "run_failures.csv").open(newline="") as opened:
        failures = {(row["Method"], row["Name"], row["Error"]): int(row["Occurrences"]) for row in csv.DictReader(opened)}
    assert {(f["type"], f["name"], f["error"]): f["count"] for f in found["failures"]} == failures
    # Requests that are cut off at the end reach the server only.
    assert 0 <= sum(served.values()) - found["total"]["requests"] <= 6


def test_json_has_the_run(recorded):
    found = json.loads((recorded[0] / "run.json").read_text())
    (file,) = found["files"]
    assert (file["complete"], file["exit_code"], file["damage"]) == (True, 3, [])
    assert file["facts"]["threads"] == 2 and "secret" not in json.dumps(found)
    assert [row["failed"] for row in found["thresholds"]] == [False, True]
    assert found["exceptions"][0]["message"] == "std::runtime_error: no reason"
    texts = [event["text"] for event in found["events"]]
    assert "Ramping to 6 users at a rate of 3.00 per second" in texts
    assert texts[-1] == "Shutting down (exit code 3)"
    series = found["series"]
    points = len(series["time"])
    assert series["span_s"] == 1 and 4 <= points <= 8
    assert series["time"] == sorted(set(series["time"]))
    for columns in (series["total"], *series["entries"]):
        assert {len(column) for key, column in columns.items() if key not in ("type", "name")} == {points}
    for entry, columns in zip([found["total"], *found["entries"]], [series["total"], *series["entries"]]):
        assert sum(columns["requests"]) == entry["requests"]
        assert sum(columns["failures"]) == entry["failures"]
        assert max(filter(None, columns["max_ms"]), default=None) == entry["maximum_ms"]
    assert 3 <= max(series["users"]) <= 6, "the Visitor ends early"
    assert 0 < series["covered_s"][0] <= 1 and series["covered_s"][1:-1] == [1] * (points - 2)
    assert -0.001 < found["ended"] - found["began"] - sum(series["covered_s"]) < 1


def test_tables_are_those_of_the_run(recorded):
    folder, output, _ = recorded
    printed = report(folder / "run.cwr").output
    assert printed.startswith("Type  ") and "Thresholds" in printed
    lines = output.splitlines()
    begin = len(lines) - 1 - lines[::-1].index("Response time percentiles (approximated)")
    while not lines[begin].startswith("Type  "):
        begin -= 1
    tables = "\n".join(line for line in lines[begin:] if not re.search("event quit|Samples of failed requests|Wrote the report", line))
    assert printed.rstrip() == tables.rstrip()


def test_markdown(recorded):
    text = (recorded[0] / "run.md").read_text()
    assert text.startswith("**Failed**: 1 of 2 thresholds\n- ✅ p95 \\> 100s: ")
    assert re.search(r"^\d+ requests, \d+ failures \([\d.]+ %\), up to [3-6] users, \d s from 20\d\d-", text, re.M)
    assert re.search(r"^\| GET \| /steady \| \d+ \| 0 \(0\.00 %\) \| [\d.]+ \|", text, re.M)
    assert re.search(r"^\|  \| Aggregated \| \d+ \| \d+ ", text, re.M)
    assert re.search(r"^\| \d+ \| POST /form \| it's \"wrong\"", text, re.M)


def test_the_format_is_as_documented(recorded):
    folder, _, _ = recorded
    found = json.loads((folder / "run.json").read_text())
    blocks = run_file.blocks(folder / "run.cwr")
    assert blocks[0]["type"] == "header"
    assert Counter(block["type"] for block in blocks).keys() == {
        "header", "event", "names", "seconds", "sample"
    }  # fmt: skip
    assert run_file.requests(folder / "run.cwr") == found["total"]["requests"]
    names, counts = {}, Counter()
    for block in blocks:
        for number, method, name in block.get("entries", []) if block["type"] == "names" else []:
            names[number] = (method, name)
        for entry in block["entries"] if block["type"] == "seconds" else []:
            counts[names[entry["id"]]] += entry["n"]
            times = entry["times"]
            assert sum(times[1::2]) == entry["n"]
            assert sum(times[::2]) <= 1000 * entry["max"] * 1.1 + 1000, "microseconds"
    assert counts == {(entry["type"], entry["name"]): entry["requests"] for entry in found["entries"]}
    assert blocks[-1]["kind"] == "end" and blocks[-1]["data"]["exit_code"] == 3


def test_several_files_are_added_up_by_seconds(tmp_path, ended):
    server = ended(HttpServer())
    files = [tmp_path / "a.cwr", tmp_path / "b.cwr"]
    options = ["-u", "3", "-r", "100", "-t", "3s", "--host", server.url, "Steady"]
    processes = [ended(start("--out", file, *options)) for file in files]
    assert [process.wait(COMPILE_PATIENCE) for process in processes] == [0, 0]
    found = report_json(tmp_path, *files)
    requests, users = Counter(), Counter()
    for file in files:
        for block in run_file.seconds(file):
            requests[block["begin"]] += block["total"].get("n", 0)
            users[block["begin"]] += sum(block["users"].values())
    series = found["series"]
    assert dict(zip(series["time"], series["total"]["requests"])) == requests
    assert dict(zip(series["time"], series["users"])) == users
    assert found["total"]["requests"] == sum(requests.values())
    assert 0 <= server.requests()["GET /steady"] - found["total"]["requests"] <= 6
    assert [file["complete"] for file in found["files"]] == [True, True]


def test_is_readable_after_sigkill(tmp_path):
    rng = random.Random(20)
    users = 5

    def missing_seconds(moment: float, file: Path) -> float:
        server = TimingServer()
        process = start("-u", users, "-r", "100", "--out", file, "--host", server.url, "Steady")
        try:
            process.expect("Ramping to")
            time.sleep(moment)  # any moment will do
            process.signal(signal.SIGKILL)
            assert process.wait(COMPILE_PATIENCE) == -signal.SIGKILL
        finally:
            process.stop()
            server.stop()
        found = report(file)
        assert found.wait() == 0 and "has no end: the process was killed" in found.output
        arrivals = list(server.arrivals)
        if not run_file.seconds(file):
            return max(arrivals, default=0) - min(arrivals, default=0)
        requests, end = run_file.requests(file), run_file.end(file)
        assert re.search(rf"Aggregated +{requests} ", found.output)
        # Each user has at most one request that has arrived, but not ended.
        assert sum(arrival < end for arrival in arrivals) - users <= requests <= len(arrivals)
        begins = [block["begin"] for block in run_file.seconds(file)]
        assert begins == list(range(begins[0], begins[0] + len(begins)))
        return max(arrivals) - end

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(missing_seconds, rng.uniform(0, 4), tmp_path / f"{i}.cwr") for i in range(12)]
        missing = [job.result() for job in jobs]
    assert statistics.median(missing) < 1, missing


def test_a_full_disk_does_not_end_the_run(tmp_path, ended):
    server = ended(HttpServer())
    limit = ("sh", "-c", "trap '' XFSZ; ulimit -f 2; exec \"$@\"", "sh")
    process = ended(
        start("-u", "2", "-t", "3s", "--out", tmp_path / "run.cwr", "--host", server.url, "Steady", prefix=limit)
    )
    assert process.wait(COMPILE_PATIENCE) == 1
    for what in ("The test continues", "The run file is not complete"):
        errors = process.matching(f"Can't write .*run.cwr: File too large. {what}")
        assert len(errors) == 1, process.output
    assert "Response time percentiles (approximated)" in process.output


@pytest.mark.parametrize(
    "options, message",
    [
        (["--out", "/dev/full"], "Can't write /dev/full: No space left on device"),
        (["--out", "/proc/no/run.cwr"], "Can't create the folder /proc/no: "),
        (["--report", "x.json"], "'--report' requires '--out'"),
        (["--out", "x.cwr", "--report", "x.pdf"], "--report x.pdf: the format is not known. Use a name that ends with"),
    ],
)
def test_mistakes_end_the_start(options, message, tmp_path, ended):
    compile_once(LOCUSTFILE)
    process = ended(run_binary("-f", LOCUSTFILE, "--headless", *options))
    assert process.wait(COMPILE_PATIENCE) != 0
    assert message in process.output
    assert "Ramping" not in process.output


def test_mistakes_of_the_report_command(recorded, tmp_path):
    folder, _, _ = recorded
    assert "run.md: it is not a run file" in report(folder / "run.md").output
    missing = report(tmp_path / "no.cwr")
    assert missing.wait() == 1 and "no.cwr: Can't read" in missing.output
    assert report().wait() == 2
    assert report("--help").wait() == 0
    raw = (folder / "run.cwr").read_bytes()
    (tmp_path / "torn.cwr").write_bytes(raw[:-10])
    torn = report(tmp_path / "torn.cwr")
    assert torn.wait() == 0 and "the last block is incomplete or damaged" in torn.output
    assert "Aggregated" in torn.output
