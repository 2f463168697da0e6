"""The tabs that the printed locustfile adds to a stock master's web UI: data of the cpp-workers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from support import wire
from support.browser import Browser, Page
from support.cluster import Cluster
from support.reports import read_reports
from support.scripted_master import ScriptedMaster
from support.settings import LOCUSTFILES, LOOPBACK, PATIENCE, REPOSITORY, VENV, venv_of
from support.threaded_server import Handler, ThreadedServer
from support.workers import cpp_worker, print_locustfile, stock_worker

TOKEN = "s3cret-t0ken"
MARKUP = "<script>document.title = 'changed'</script><img src=x onerror=\"document.title = 'changed'\">\n  &amp;"
ORDER = b"two  spaces, it's   $HOME\n\\  'quoted  text'"
"""The body of the orders of tabs.cpp."""

TABS = ["Generator", "Failure samples", "Phases"]
OLD = ("2.0.0", "2.8.6", "2.20.1")
"""Masters whose web UI has no extra tabs."""


class TabServer(ThreadedServer):
    """Counts its requests, and keeps the bodies and headers of those for /order."""

    def __init__(self):
        requests: Counter = Counter()
        orders: list[tuple[bytes, dict[str, str]]] = []
        lock = threading.Lock()

        class TabHandler(Handler):
            def do_GET(self):
                self.count("/good" if self.path == "/good" else "/<b>markup</b>")
                if self.path == "/good":
                    return self.answer(200, "good")
                return self.answer(500, MARKUP, {"Content-Type": "text/html"})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.count("/order")
                with lock:
                    orders.append((body, dict(self.headers.items())))
                return self.answer(409, f"no order; your {self.headers.get('Authorization', '')}")

            def count(self, name: str) -> None:
                with lock:
                    requests[f"{self.command} {name}"] += 1

        super().__init__(TabHandler)
        self.requests, self.orders = requests, orders


class Site:
    """A stock master with the printed locustfile, and workers.

    @param languages "C" or "P" for each worker.
    @param twin The master has the Python twin instead of the printed locustfile."""

    def __init__(self, ended, folder: Path, languages: str, *, venv=VENV, twin=False):
        self.server = ended(TabServer())
        text = (LOCUSTFILES / "tabs.py").read_text() if twin else print_locustfile(LOCUSTFILES / "tabs.cpp")
        (folder / "master.py").write_text(text + (LOCUSTFILES / "reports.py").read_text(), encoding="utf-8")
        start = {
            "C": lambda port: cpp_worker(port, "tabs", options=["--phases"]),
            "P": lambda port: stock_worker(port, "tabs", venv=venv),
        }
        self._reports = folder / "reports"
        self.cluster = Cluster(
            ended,
            folder,
            *[start[language] for language in languages],
            venv=venv,
            locustfile=folder / "master.py",
            env={"REPORTS": str(self._reports)},
            options=["--host", self.server.url, "--stop-timeout", 10],
        )
        self.ui = self.cluster.ui
        self._languages = languages

    def cpp_workers(self) -> set[str]:
        """Their ids."""
        ids = re.findall(r"(\S+) \(index \d\) reported as ready", self.cluster.master.output)
        return {worker for worker, language in zip(ids, self._languages) if language == "C"}

    def complaints(self) -> list[str]:
        """The master's, but for those about reports of a Python worker that come after its end of the test."""
        return [line for line in self.cluster.master.complaints() if "Discarded report from unrecognized" not in line]

    def rows(self, tab: str) -> list[dict]:
        """The rows of a tab as the web UI gets them."""
        extended = {one["key"]: one["data"] for one in self.ui.stats().get("extended_stats", [])}
        return extended.get(f"cpp-worker-{tab}", [])

    def table(self) -> Counter:
        rows = self.ui.stats()["stats"]
        return Counter({f"{row['method']} {row['name']}": row["num_requests"] for row in rows if row["method"]})

    def reports(self) -> dict[str, list[dict]]:
        return {worker: reports.messages for worker, reports in read_reports(self._reports).items()}


def test_tabs_show_live_data_of_two_workers(ended, tmp_path, request):
    """A Python worker beside them changes nothing: it has no row, and the statistics count all requests."""
    site = Site(ended, tmp_path, "CCP")
    browser = ended(Browser(tmp_path))
    page = Page(browser, site.cluster.web_port, request.node.name)
    page.button("Custom parameters")
    page.fill("token", TOKEN)
    page.start(9)
    title = browser.driver.title

    page.tab("Generator")
    rows = page.until(lambda: page.table() if len(page.table()) == 2 else None, "a row of each cpp-worker")
    page.screenshot("generator")
    assert {row["Worker"] for row in rows} == site.cpp_workers()
    for row in rows:
        assert row["Threads"] == "2"
        assert re.match(r"numbers are sound|not judged|late by p99", row["Verdict on the test so far"])
        for column in ("CPU of the busiest thread (%)", "Lag p99 (ms)", "Highest lag (ms)", "Late (%)"):
            assert float(row[column]) >= 0
    page.until(lambda: page.table() != rows, "figures that move")

    page.tab("Failure samples")
    both = {"/<b>markup</b>", "/order"}
    rows = page.until(lambda: page.table() if {row["Name"] for row in page.table()} == both else None, "samples of both failures")
    page.until(lambda: {row["Worker"] for row in page.table()} == site.cpp_workers(), "samples of both workers")
    page.screenshot("samples")
    markup = next(row for row in rows if row["Name"] == "/<b>markup</b>")
    assert markup["Response"] == MARKUP.replace("\n  ", r"\n ")  # a table shows several spaces as one
    assert markup["Status"] == "500 Internal Server Error"
    assert markup["User and task"] == "TabUser.markup"
    assert markup["Request"] == f"GET {site.server.url}/markup?%3Cb%3Ea%3C/b%3E&token=***"
    assert markup["Error"].startswith("HTTPError('500 Server Error: Internal Server Error for url: ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", markup["Time"])
    assert browser.driver.title == title, "the page runs no script of a server"
    order = next(row for row in rows if row["Name"] == "/order")
    assert order["Response"] == "no order; your ***"
    assert TOKEN not in page.text()

    page.tab("Phases")
    rows = page.until(lambda: page.table() if len({row["Name"] for row in page.table()}) == 3 else None, "phases")
    page.screenshot("phases")
    good = {row["Phase (ms)"]: row for row in rows if row["Name"] == "/good"}
    assert good.keys() >= {"send", "wait", "receive"}
    assert int(good["wait"]["# reqs"]) > 0
    assert float(good["wait"]["Max"]) >= float(good["wait"]["99%"]) >= float(good["wait"]["Median"]) > 0
    assert 1 <= int(good["wait"]["New connections"]) <= 6, "of the users of the two cpp-workers"

    page.tab("Statistics")
    page.button("Stop")
    site.ui.wait_state("stopped")  # Locust's page may show "stopping" longer than its master does
    page.until(lambda: site.table() == site.server.requests, "the server's own count")
    assert site.complaints() == []

    command = order["Command that repeats it"]
    assert "Bearer" not in command
    subprocess.run(["bash", "-c", command], check=True, capture_output=True, timeout=PATIENCE)
    repeated, repeated_headers = site.server.orders[-1]
    assert repeated == ORDER
    assert repeated_headers["X-Spaces"] == "some  spaces"


def test_statistics_are_those_without_tabs(ended, tmp_path):
    """A master with another locustfile gets no further data, and the same statistics."""
    site = Site(ended, tmp_path, "C", twin=True)
    site.ui.swarm(4)
    site.ui.wait_requests(20)
    site.ui.stop()
    site.ui.wait_for(lambda: site.table() == site.server.requests, "the server's own count")
    assert "extended_stats" not in site.ui.stats()
    (reports,) = site.reports().values()
    assert not any("cpp_worker" in report for report in reports)


@pytest.mark.parametrize("version", OLD)
def test_old_masters_have_no_tabs(ended, tmp_path, version):
    site = Site(ended, tmp_path, "C", venv=venv_of(version))
    site.ui.swarm(4)
    site.ui.wait_requests(20)
    site.ui.stop()
    site.ui.wait_for(lambda: site.table() == site.server.requests, "the server's own count")
    page, stats = site.ui.page(), site.ui.stats()
    assert "extended_stats" not in stats
    assert not any(tab in page for tab in TABS)
    assert not any("cpp_worker" in report for reports in site.reports().values() for report in reports)
    assert site.cluster.master.complaints() == []
    assert site.cluster.workers[0].complaints() == []


def test_a_master_of_version_2_32_has_tabs(ended, tmp_path):
    site = Site(ended, tmp_path, "C", venv=venv_of("2.32.10"))
    driver = ended(Browser(tmp_path)).driver
    site.ui.swarm(4)
    site.ui.wait_for(lambda: site.rows("samples"), "samples")
    for key, column, expected in (("generator", 0, site.cpp_workers()), ("samples", 1, {"/<b>markup</b>", "/order"})):
        driver.get(f"http://{LOOPBACK}:{site.cluster.web_port}/?tab=cpp-worker-{key}")
        script = f"return [...document.querySelectorAll('tbody tr')].map(row => row.cells[{column}]?.innerText)"
        site.ui.wait_for(lambda: set(driver.execute_script(script)) == expected, f"the rows of {key}")
    tabs = driver.execute_script("return [...document.querySelectorAll('[role=tab]')].map(tab => tab.textContent)")
    assert set(tabs) >= set(TABS)
    assert site.cluster.master.complaints() == []


def test_a_lost_worker_has_no_row_and_a_new_test_begins_without_samples(ended, tmp_path):
    site = Site(ended, tmp_path, "CC")
    site.ui.swarm(4)
    site.ui.wait_for(lambda: len(site.rows("generator")) == 2, "two rows")
    site.ui.wait_for(lambda: site.rows("samples"), "samples")
    site.cluster.workers[0].stop()
    site.ui.wait_for(lambda: len(site.rows("generator")) == 1, "one row")
    site.ui.stop()
    site.cluster.master.expect("reported as ready", count=3)  # the worker that is left, again
    first_test = {row["time"] for row in site.rows("samples")}
    site.ui.swarm(2)
    site.ui.wait_for(lambda: site.rows("samples") and not first_test & {row["time"] for row in site.rows("samples")}, "only samples of the new test")


def test_reports_stay_small_and_have_no_secrets(ended):
    """What a worker sends to a master that asks for the data of the tabs."""
    server = ended(TabServer())
    master = ended(ScriptedMaster())
    ended(cpp_worker(master.port, "tabs", options=["--phases"]))
    master.wait_for("client_ready")
    options = {"cpp_worker_tabs": True, "token": TOKEN}
    master.spawn({"TabUser": 20}, host=server.url, parsed_options=options)

    def samples() -> list[dict]:
        return [sample for report in master.of_type("stats") for sample in report.data.get("cpp_worker", {}).get("samples", [])]

    master.wait_until(lambda: {sample["name"] for sample in samples()} == {"/<b>markup</b>", "/order"}, "samples")
    master.wait_for("stats", count=4)
    sizes = [len(wire.encode("", report.data.get("cpp_worker"), "")) for report in master.of_type("stats")]
    print("bytes of the data in each report:", sizes)
    assert max(sizes) < 20_000
    assert TOKEN not in json.dumps(samples())
    data = master.of_type("stats")[-1].data["cpp_worker"]
    assert data.keys() == {"generator", "samples", "phases"}
    generator = {"verdict", "threads", "cpu", "cpumax", "lag", "lagmax", "late", "latetest"}
    assert data["generator"].keys() == generator
    assert {entry["name"] for entry in data["phases"]} == {"/good", "/<b>markup</b>", "/order"}


class FakeEvents(SimpleNamespace):
    """Locust's events: lists of listeners."""

    def __getattr__(self, name: str):
        setattr(self, name, SimpleNamespace(listeners=[]))
        event = getattr(self, name)
        event.add_listener = event.listeners.append
        return event

    def fire(self, name: str, **data) -> None:
        for listener in getattr(self, name).listeners:
            listener(**data)


class Master:
    """src/app/python/tabs.py in a master without a process, a worker "w"."""

    def __init__(self, monkeypatch, web_ui: SimpleNamespace | None):
        self.events = FakeEvents()
        runners = SimpleNamespace(MasterRunner=SimpleNamespace)
        locust = SimpleNamespace(events=self.events, runners=runners)
        monkeypatch.setitem(sys.modules, "locust", locust)
        monkeypatch.setitem(sys.modules, "locust.runners", runners)
        module = {"__name__": "locustfile"}
        exec(compile((REPOSITORY / "src/app/python/tabs.py").read_text(), "tabs.py", "exec"), module)
        self.options, self.tabs = SimpleNamespace(), module["_tabs"]
        environment = SimpleNamespace(web_ui=web_ui, parsed_options=self.options)
        clients = {"w": SimpleNamespace(id="w", state="running")}
        self.events.fire("init", environment=environment, runner=SimpleNamespace(clients=clients))

    def report(self, *samples: dict, worker: str = "w", phases: Sequence = ()) -> None:
        news = {"generator": {"verdict": "numbers are sound."}, "samples": list(samples), "phases": list(phases)}
        self.events.fire("worker_report", client_id=worker, data={"stats": [], "cpp_worker": news})

    def times(self) -> list[str]:
        return [row["time"][-2:] for row in self.tabs.sample_rows()]


def web_ui(keeps: bool, **arguments) -> SimpleNamespace:
    """@param keeps Whether it keeps arguments of a locustfile."""
    ui = SimpleNamespace(template_args=dict(arguments), app=SimpleNamespace(after_request=lambda function: None))

    def update_template_args():
        ui.template_args = {**(ui.template_args if keeps else {}), "state": "ready"}

    ui.update_template_args = update_template_args
    return ui


def sample(second: int, name: str = "/a") -> dict:
    return {"method": "GET", "name": name, "error": "no", "time": 1_700_000_000 - 1_700_000_000 % 60 + second}


def test_only_masters_that_can_show_tabs_ask_for_the_data(monkeypatch):
    assert vars(Master(monkeypatch, web_ui(keeps=True)).options) == {"cpp_worker_tabs": True}
    for other in (None, web_ui(keeps=False)):
        master = Master(monkeypatch, other)
        assert vars(master.options) == {}
        assert not master.events.worker_report.listeners


def test_tabs_of_the_author_stay(monkeypatch):
    ui = web_ui(keeps=True, extended_tabs=[{"key": "own", "title": "Own"}])
    Master(monkeypatch, ui)
    assert [tab["title"] for tab in ui.template_args["extended_tabs"]] == ["Own", *TABS]
    assert len(ui.template_args["extended_tables"]) == len(TABS)


def test_the_first_and_the_newest_samples_are_kept(monkeypatch):
    master = Master(monkeypatch, web_ui(keeps=True))
    for second in range(10, 20):
        master.report(sample(second))
    assert master.times() == ["10", "18", "19"]


def test_the_number_of_samples_is_bounded(monkeypatch):
    master = Master(monkeypatch, web_ui(keeps=True))
    master.report(*[sample(10 + turn, f"/{name}") for turn in range(5) for name in range(1000)])
    assert len(master.times()) == 100
    master.events.fire("reset_stats")
    assert master.times() == []


def test_reports_of_others_are_ignored(monkeypatch):
    master = Master(monkeypatch, web_ui(keeps=True))
    for data in ({"stats": []}, {"stats": [], "cpp_worker": "own"}):
        master.events.fire("worker_report", client_id="python", data=data)
    master.report(worker="gone")
    master.report()
    assert [row["worker"] for row in master.tabs.generator_rows()] == ["w"]


def phases_of(name: str, requests: int, p99: float) -> dict:
    wait = {"requests": requests, "average": p99 / 2, "median": p99 / 2, "p95": p99, "p99": p99, "max": p99 + 1}
    return {"method": "GET", "name": name, "connections": 2, "phases": {"wait": wait}}


def test_phases_of_workers_are_added_up(monkeypatch):
    master = Master(monkeypatch, web_ui(keeps=True))
    master.report(phases=[phases_of("/a", 10, 4), phases_of("/b", 1, 1)])
    master.report(phases=[phases_of("/a", 30, 8)])  # later, in place of the first
    master.report(phases=[phases_of("/a", 10, 4)], worker="v")
    a, b = master.tabs.phase_rows()
    assert a == {
        "method": "GET", "name": "/a", "phase": "wait", "requests": 40, "connections": 4,
        "average": 3.5, "median": 4, "p95": 8, "p99": 8, "max": 9,
    }  # fmt: skip
    assert (b["name"], b["requests"]) == ("/b", 1)


def test_the_number_of_names_with_phases_is_bounded(monkeypatch):
    master = Master(monkeypatch, web_ui(keeps=True))
    master.report(phases=[phases_of(f"/{number}", 1, 1) for number in range(1000)])
    assert len(master.tabs.phase_rows()) == 100
