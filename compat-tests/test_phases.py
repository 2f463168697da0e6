"""Phases of requests (`--phases`), with servers whose delays are known. A measured phase is never shorter than its
delay; how much longer it is depends on the machine."""

from __future__ import annotations

import json
import re

import pytest

from support import har, name_server, run_file
from support.browser import SCREENSHOTS, Browser
from support.delaying_server import Delays, DelayingServer
from support.processes import Process
from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES
from support.workers import CACHE, compile_once, run_binary
from test_failure_samples import closed_url

LOCUSTFILE = LOCUSTFILES / "phases.cpp"
PHASES = ["dns", "connect", "tls", "send", "wait", "receive"]
CLIENTS = [("Requests", "own"), ("Requests", "curl"), ("Fast", "own")]
"""User classes and engines of HttpUser."""


def run(server: DelayingServer, client: tuple[str, str], *options) -> Process:
    compile_once(LOCUSTFILE)
    user_class, engine = client
    process = run_binary(
        "-f", LOCUSTFILE, "--headless", "--threads=1", "-u", "1", "-t", "60s", "--host", server.url, *options, user_class,
        env={"CPPWORKER_HTTP_ENGINE": engine},
    )  # fmt: skip
    process.wait(COMPILE_PATIENCE)
    process.stop()
    return process


def rows_of(report: dict) -> dict[str, dict]:
    return {row["name"]: row for row in report["phases"]["entries"]}


def happened(row: dict) -> list[str]:
    return [phase for phase in PHASES if row[phase] is not None]


@pytest.fixture(params=CLIENTS, ids="-".join)
def client(request):
    return request.param


def test_known_delays(tmp_path, client):
    delays = Delays(tls=0.04, wait=0.03, receive=0.05)
    server = DelayingServer(delays, tmp_path)
    run(server, client, "--phases", "-i", "10", "--out", tmp_path / "run.cwr", "--report", tmp_path / "run.json")
    server.stop()
    report = json.loads((tmp_path / "run.json").read_text())
    row = rows_of(report)["get"]
    assert row["requests"] == 10
    assert row["new_connections"] == server.connections == 1
    assert happened(row) == ["connect", "tls", "send", "wait", "receive"]
    assert [row[phase]["requests"] for phase in happened(row)] == [1, 1, 10, 10, 10]
    assert row["tls"]["average_ms"] >= 40
    assert row["wait"]["minimum_ms"] >= 30
    # The client may notice the first bytes late, but then it does so rarely.
    assert row["receive"]["median_ms"] >= 45
    for phase in happened(row):
        one = row[phase]
        assert one["minimum_ms"] <= one["average_ms"] <= one["maximum_ms"]
        assert one["minimum_ms"] <= one["median_ms"] <= one["p95_ms"] <= one["p99_ms"] <= one["maximum_ms"]
    (entry,) = report["entries"]
    measured = sum(row[phase]["average_ms"] * row[phase]["requests"] for phase in happened(row)) / row["requests"]
    assert entry["average_ms"] * 0.95 <= measured <= entry["average_ms"] + 0.01


def test_connect_lasts_until_the_server_accepts(tmp_path, client):
    server = DelayingServer(Delays(connect=0.3))
    run(server, client, "--phases", "-i", "2", "--out", tmp_path / "run.cwr", "--report", tmp_path / "run.json")
    server.stop()
    row = rows_of(json.loads((tmp_path / "run.json").read_text()))["get"]
    assert row["connect"]["requests"] == row["new_connections"] == 1
    assert row["connect"]["average_ms"] >= 300
    assert row["wait"]["requests"] == 2


@pytest.mark.skipif(bool(name_server.unavailable()), reason=name_server.unavailable() or "-")
def test_dns_lasts_until_the_name_server_answers(tmp_path, client):
    compile_once(LOCUSTFILES / "names.cpp")
    user_class, engine = client
    command = [
        "env", f"CPPWORKER_CACHE_DIR={CACHE}", f"CPPWORKER_HTTP_ENGINE={engine}", BINARY, "-f", LOCUSTFILES / "names.cpp",
        "--headless", "--threads=1", "-u", "1", "-i", "1", "--host", "http://not.asked.test", "--phases",
        "--out", tmp_path / "run.cwr", "--report", tmp_path / "run.json", {"Requests": "HttpNames", "Fast": "FastNames"}[user_class],
    ]  # fmt: skip
    result = name_server.play("slow", [str(word) for word in command])
    assert len(result["seen"]) == 3, result
    (row,) = json.loads((tmp_path / "run.json").read_text())["phases"]["entries"]
    assert row["new_connections"] == row["dns"]["requests"] == 3
    assert row["dns"]["minimum_ms"] >= 1000 * name_server.SLOW


def test_send_lasts_until_the_server_reads(tmp_path, client):
    server = DelayingServer(Delays(body=0.06, wait=0.03))
    run(
        server, client, "--phases", "-i", "3", "--body-bytes", "30000000", "--out", tmp_path / "run.cwr",
        "--report", tmp_path / "run.json",
    )  # fmt: skip
    server.stop()
    row = rows_of(json.loads((tmp_path / "run.json").read_text()))["post"]
    assert row["requests"] == 3
    assert row["send"]["minimum_ms"] >= 60
    # If the client notices late that the server has read everything, the phase is as much shorter.
    assert row["send"]["average_ms"] + row["wait"]["average_ms"] >= 90
    assert row["wait"]["maximum_ms"] >= 25


def test_new_connections_and_failures(tmp_path, client):
    server = DelayingServer(Delays(wait=0.01), keeps_connections=False)
    bound, closed = closed_url()
    process = run(
        server, client, "--phases", "-i", "4", "--closed", closed.replace("127.0.0.1", "localhost"), "--out", tmp_path / "run.cwr",
        "--report", tmp_path / "run.json", "--report", tmp_path / "run.har", "--failure-samples", "3",
    )  # fmt: skip
    bound.close()
    server.stop()
    report = json.loads((tmp_path / "run.json").read_text())
    row = rows_of(report)["get"]
    assert row["new_connections"] == row["connect"]["requests"] == server.connections == 4
    failed = rows_of(report)["closed"]
    assert failed["requests"] == 4
    assert failed["new_connections"] == 0
    assert set(happened(failed)) == {"dns", "connect"}
    assert 1 <= failed["dns"]["requests"] <= 4

    sample = next(sample for sample in report["samples"] if sample["name"] == "closed")
    assert set(sample["phases_ms"]) <= {"dns", "connect"} and "connect" in sample["phases_ms"]
    samples = json.loads((tmp_path / "run.har").read_text())
    har.check(samples)
    for entry in samples["log"]["entries"]:
        timings = entry["timings"]
        parts = [timings[part] for part in ("blocked", "dns", "connect", "send", "wait", "receive")]
        assert sum(max(part, 0) for part in parts) == pytest.approx(entry["time"])

    # The table of the end of the run.
    lines = process.output.splitlines()
    table = lines[lines.index("Phases of requests (ms)") :]
    waits = [line for line in table if re.match(r"GET +get +wait +4 ", line)]
    assert len(waits) == 1
    assert re.search(rf"^GET +get +connect +4 .* {row['new_connections']}$", "\n".join(table), re.M)


def test_run_file_has_the_documented_blocks(tmp_path):
    server = DelayingServer(Delays(wait=0.3))
    run(server, ("Fast", "own"), "--phases", "-i", "8", "--out", tmp_path / "run.cwr", "--report", tmp_path / "run.json")
    server.stop()
    found = [block for block in run_file.blocks(tmp_path / "run.cwr") if block["type"] == "phases"]
    assert found
    total = dict.fromkeys(PHASES, 0)
    waited = 0.0
    for block in found:
        assert block["begin"] % block["span"] == 0
        for entry in block["entries"]:
            for phase in PHASES:
                if phase in entry:
                    one = entry[phase]
                    assert sum(one["times"][1::2]) == one["n"]
                    assert sum(one["times"][0::2]) / 1000 == pytest.approx(one["max"], rel=0.06, abs=0.01)
                    total[phase] += one["n"]
            waited += entry["wait"]["sum"]
    assert total == {"dns": 0, "connect": 1, "tls": 0, "send": 8, "wait": 8, "receive": 8}
    row = rows_of(json.loads((tmp_path / "run.json").read_text()))["get"]
    assert waited / 8 == pytest.approx(row["wait"]["average_ms"])


def test_reports_of_two_runs_are_added_up(tmp_path):
    server = DelayingServer(Delays(wait=0.01))
    for name, count in (("a", 3), ("b", 5)):
        run(server, ("Fast", "own"), "--phases", "-i", str(count), "--out", tmp_path / f"{name}.cwr")
    server.stop()
    process = run_binary(
        "report", tmp_path / "a.cwr", tmp_path / "b.cwr", "--report", tmp_path / "both.json", "--report", tmp_path / "both.md"
    )
    assert process.wait(30) == 0, process.output
    process.stop()
    row = rows_of(json.loads((tmp_path / "both.json").read_text()))["get"]
    assert (row["requests"], row["new_connections"], row["wait"]["requests"]) == (8, 2, 8)
    assert "| GET | get | 8 | 2 | – |" in (tmp_path / "both.md").read_text()


def test_without_the_option_nothing_is_measured(tmp_path):
    server = DelayingServer(Delays())
    process = run(server, ("Fast", "own"), "-i", "3", "--out", tmp_path / "run.cwr", "--report", tmp_path / "run.json")
    server.stop()
    assert "Phases of requests" not in process.output
    assert json.loads((tmp_path / "run.json").read_text())["phases"] is None
    assert all(block["type"] != "phases" for block in run_file.blocks(tmp_path / "run.cwr"))


def test_page(tmp_path):
    """In a browser: a bar and rows of the table for each name."""
    server = DelayingServer(Delays(wait=0.01, receive=0.005))
    run(
        server, ("Fast", "own"), "--phases", "-i", "20", "--body-bytes", "2000", "--out", tmp_path / "run.cwr",
        "--report", tmp_path / "run.html", "--html", tmp_path / "live.html",
    )  # fmt: skip
    browser = Browser(tmp_path)
    try:
        for name in ("run.html", "live.html"):
            browser.driver.get((tmp_path / name).as_uri())
            section = browser.driver.find_element("id", "phases")
            assert section.is_displayed()
            bars = section.find_elements("css selector", ".bar-row")
            assert sorted(bar.find_element("class name", "bar-name").text for bar in bars) == ["GET get", "POST post"]
            for bar in bars:
                widths = {part.get_attribute("class"): part.size["width"] for part in bar.find_elements("css selector", ".bar > span")}
                assert widths["phase-wait"] > widths["phase-receive"] > widths.get("phase-send", 0), widths
            rows = [
                [cell.text for cell in row.find_elements("tag name", "td")]
                for row in section.find_elements("css selector", "tbody tr")
            ]
            assert [row[3] for row in rows if row[1] == "get"] == ["Connect", "Send", "Wait", "Receive"]
            assert [row[3] for row in rows if row[1] == "post"] == ["Send", "Wait", "Receive"]
            assert next(row[4] for row in rows if row[1] == "post" and row[3] == "Wait") == "20"
        folder = SCREENSHOTS / "test_phases"
        folder.mkdir(parents=True, exist_ok=True)
        section.screenshot(str(folder / "phases.png"))
        assert browser.console() == []
    finally:
        browser.stop()
        server.stop()
