"""The latest master's web UI in a real browser: what a person clicks and reads, with C++ users.

The master's locustfile is the one that cpp-worker writes for it. Pictures are left in build/screenshots.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from support.browser import Browser, Page
from support.cluster import Cluster
from support.reports import Reports, read_reports
from support.settings import LOCUSTFILES
from support.workers import cpp_worker, print_locustfile

MISSING = "HTTPError('404 Client Error: Not Found for url: /missing')"
BROKEN = "shop::OrderError: the order has no number"
LINE = 1 + (LOCUSTFILES / "web_ui.cpp").read_text().splitlines().index('    throw shop::OrderError("the order has no number");')
TRACEBACK = f'in BrokenUser.order File "web_ui.cpp", line {LINE}, in BrokenUser::order shop::OrderError'


class Site:
    """A cluster of one cpp-worker, and its web UI in a browser."""

    def __init__(self, ended, folder: Path, test: str, locustfile: str, *options):
        stub = folder / f"{locustfile}.py"
        stub.write_text(print_locustfile(LOCUSTFILES / f"{locustfile}.cpp"), encoding="utf-8")
        self.cluster = Cluster(
            ended,
            folder,
            lambda port: cpp_worker(port, locustfile),
            locustfile=f"{stub},{LOCUSTFILES / 'reports'}",
            env={"REPORTS": str(folder / "reports")},
            options=["--stop-timeout", 10, *options],
        )
        self._reports = folder / "reports"
        self.page = Page(ended(Browser(folder)), self.cluster.web_port, test)

    def requests(self) -> Counter:
        """The statistics tab."""
        return Counter(
            {
                f"{row['Type']} {row['Name']}": int(row["# Requests"])
                for row in self.page.table()
                if row["Name"] != "Aggregated"
            }
        )

    def exceptions(self) -> Counter:
        """The exceptions tab, by message and traceback."""
        return Counter(
            {
                (row["Message"], words(row["Traceback"])): int(row["# occurrences"])
                for row in self.page.table()
            }
        )

    def reported(self) -> Reports:
        """What the worker told the master, since both began."""
        (reports,) = read_reports(self._reports).values()
        return reports


@pytest.fixture
def site(ended, tmp_path, request):
    """`site(locustfile, *options)` starts one."""
    return lambda *arguments: Site(ended, tmp_path, request.node.name, *arguments)


def test_a_run_in_the_browser(site):
    """Start from the form, read each tab, change the users, stop, start again."""
    site = site("web_ui")
    page, cluster = site.page, site.cluster
    page.screenshot("form")
    assert page.header()["Status"] == "ready"
    assert page.header()["Workers"] == "1"

    page.start(8)
    cluster.wait_spawned({"BrokenUser": 2, "ShopUser": 6})
    page.until(lambda: float(page.header()["RPS"]) > 5, "requests per second")
    page.until(lambda: site.requests().keys() == cluster.seen().keys(), "all rows")
    earlier = site.requests()
    page.until(lambda: site.requests() > earlier, "figures that move")
    page.screenshot("statistics")

    page.tab("Workers")
    page.until(lambda: page.table()[0]["# users"] == "8", "8 users")
    (worker,) = page.table()
    page.screenshot("workers")
    assert re.fullmatch(r"\S+_[0-9a-f]{32}", worker["Worker"])
    assert worker["State"] == "running"
    assert re.fullmatch(r"\d{1,3}(\.\d)?", worker["CPU usage"])
    assert re.fullmatch(r"\d+(\.\d+)? MB", worker["Memory usage"])

    page.tab("Failures")
    (failure,) = page.until(page.table, "failures")
    page.screenshot("failures")
    assert (failure["Method"], failure["Name"], failure["Message"]) == ("GET", "/missing", MISSING)
    assert failure["First Seen"].count(":") == failure["Last Seen"].count(":") == 2

    page.tab("Exceptions")
    page.until(lambda: site.exceptions()[BROKEN, TRACEBACK] >= 6, "exceptions of two users")
    page.screenshot("exceptions")
    assert len(site.exceptions()) == 1, "one fault, one row"

    page.tab("Current Ratio")
    page.until(lambda: "75.0% ShopUser" in page.text(), "ratios")
    page.screenshot("current_ratio")
    for line in ("25.0% BrokenUser", "100.0% order", "50.0% index", "33.3% item", "16.7% missing"):
        assert line in page.text()

    page.tab("Charts")
    page.until(lambda: page.charts() == 3, "charts")
    page.screenshot("charts")

    page.tab("Logs")
    page.click("//*[.='Worker Logs']/following::*[@aria-expanded='false']")
    page.until(lambda: cluster.worker.expect("Connected to the master.*")[0] in page.text(), "the worker's log")
    page.until(lambda: BROKEN in page.text(), "the worker's errors in its log")
    page.screenshot("logs")

    page.tab("Statistics")
    page.edit(3)
    page.until(lambda: cluster.ui.stats()["workers"][0]["user_count"] == 3, "3 users on the worker")
    page.edit(10)
    page.until(lambda: cluster.ui.stats()["workers"][0]["user_count"] == 10, "10 users on the worker")

    page.stop()
    page.until(lambda: site.requests() == cluster.seen(), "the server's own count")
    page.screenshot("stopped")

    cluster.begin()
    page.button("New")
    page.start(4)
    page.until(lambda: site.requests() and site.requests() <= cluster.seen(), "the figures of a new test")
    page.tab("Exceptions")
    page.until(lambda: site.exceptions()[BROKEN, TRACEBACK] > 0, "the same exception in the new test")
    assert len(site.exceptions()) == 1
    page.tab("Statistics")
    page.stop()
    page.until(lambda: site.requests() == cluster.seen(), "the server's own count")


def test_what_is_downloaded_is_what_was_reported(site):
    """The three CSV files and the HTML report against the worker's reports and the server's own count."""
    site = site("web_ui")
    page, cluster = site.page, site.cluster
    page.start(6)
    cluster.ui.wait_requests(60)
    cluster.ui.wait_requests(4, "GET /missing")
    cluster.ui.wait_requests(1, "POST /order")
    page.stop()
    reported = site.reported()
    assert reported.requests == cluster.seen()
    assert set(reported.failures.elements()) == {"GET /missing"}

    page.tab("Download Data")
    requests = rows_of(page.download("Download requests CSV"))
    (failure,) = rows_of(page.download("Download failures CSV"))
    (exception,) = rows_of(page.download("Download exceptions CSV"))

    named = {f"{row['Type']} {row['Name']}": row for row in requests}
    assert {name: figures_of(row) for name, row in named.items()} == expected_figures(reported)
    for row in requests:
        assert float(row["Requests/s"]) > 0
        percentiles = [float(row[column]) for column in row if column.endswith("%")]
        assert len(percentiles) == 11
        assert percentiles == sorted(percentiles)

    assert (failure["Method"], failure["Name"], failure["Error"]) == ("GET", "/missing", MISSING)
    assert int(failure["Occurrences"]) == reported.failures["GET /missing"]
    assert (exception["Message"], words(exception["Traceback"])) == (BROKEN, TRACEBACK)
    assert int(exception["Count"]) == reported.requests["POST /order"]

    page.follow("Download Report")
    page.until(lambda: "Locust Test Report" in page.text() and page.tables(), "the report")
    page.screenshot("report")
    tables = page.tables()
    figures = {f"{row['Type']} {row['Name']}": (row["# Requests"], row["# Fails"]) for row in tables[0]}
    expected = {name: row[:2] for name, row in expected_figures(reported).items()}
    assert {name: tuple(map(int, row)) for name, row in figures.items()} == expected
    failures = [row for table in tables for row in table if "# Failures" in row]
    assert [(row["Message"], int(row["# Failures"])) for row in failures] == [
        (MISSING, reported.failures["GET /missing"])
    ]


def figures_of(row: dict[str, str]) -> tuple:
    """What a line of the requests CSV and the worker's reports both tell."""
    counts = int(row["Request Count"]), int(row["Failure Count"])
    times = ("Average Response Time", "Min Response Time", "Max Response Time", "Average Content Size")
    return *counts, *(round(float(row[column]), 6) for column in times)


def expected_figures(reported: Reports) -> dict[str, tuple]:
    """The same from the reports, a line for each name and one for all."""
    names = list(reported.requests)
    figures = {name: reported.figures([name]) for name in names}
    return figures | {" Aggregated": reported.figures(names)}


KINDS = {
    "label": ("text", "plain"),
    "count": ("text", "3"),
    "share": ("text", "2"),
    "fast": ("checkbox", False),
    "token": ("password", "t0p"),
}
"""Fields of the form for what arguments.cpp declares, and the defaults that it gives."""


def test_arguments_are_fields_of_the_form_and_change_between_runs(site):
    """CPPWORKER_ARGUMENTS in a browser: text, numbers, a flag, choices, several choices, a secret."""
    site = site("arguments")
    page, cluster = site.page, site.cluster

    def run(expected: str, **values) -> None:
        """Starts a test from the form; all users must see these arguments from the first request on."""
        page.start(3, **values)
        cluster.ui.wait_requests(6)
        page.screenshot(f"rows_{expected.partition(' ')[0]}")
        page.stop()
        assert cluster.table().keys() == {f"ALL {expected}"}

    page.button("Custom parameters")
    fields = page.until(lambda: page.fields() if page.fields().keys() >= KINDS.keys() else None, "the arguments")
    assert {name: fields[name] for name in KINDS} == KINDS
    assert "freeText" not in fields, "it is not for the web UI"
    assert page.options("stage") == {"dev": True, "live": False}
    assert page.options("size") == {"1": True, "10": False}
    assert page.options("land") == {"US": True, "DE": True, "FR": False}
    assert "50%% is 0.5" in page.text(), "the web UI shows a help as argparse wants it"
    page.screenshot("form")
    run("plain 4 4.00 slow dev 1 t0p [] US DE")

    page.button("New")
    page.button("Custom parameters")
    page.check("fast", True)
    page.choose("stage", "live")
    page.choose("size", "10")
    page.choose("land", "DE", "FR")
    page.fill("token", "s3cret & more")
    page.screenshot("changed_form")
    run("boats 10 1.00 fast live 10 s3cret & more [] DE FR", label="boats", count=9, share=0.5)

    page.button("New")
    page.button("Custom parameters")
    page.check("fast", False)
    page.choose("stage", "dev")
    page.choose("size", "1")
    page.choose("land", "US")
    run("cars 10 0.50 slow dev 1 t0p [] US", label="cars", count=9, share=0.25, token="t0p")


def test_class_picker_changes_classes_weights_and_tasks(site):
    """What is chosen and changed in the form is what runs in C++."""
    site = site("web_ui", "--class-picker")
    page, cluster = site.page, site.cluster
    page.until(lambda: {row.get("1") for row in page.table()} == {"BrokenUser", "ShopUser"}, "the classes")

    page.click("//tr[td='ShopUser']//button")
    page.fill("weight", 1)
    page.screenshot("class_settings")
    page.button("Save")
    page.start(8)
    page.screenshot("class_picker")
    cluster.wait_spawned({"BrokenUser": 4, "ShopUser": 4})
    page.stop()

    cluster.begin()
    page.button("New")
    page.click("//tr[td='BrokenUser']//input[@type='checkbox']")
    page.click("//tr[td='ShopUser']//button")
    page.choose("tasks", "item")
    page.button("Save")
    page.start(5)
    cluster.wait_spawned({"ShopUser": 5})
    cluster.ui.wait_requests(40)
    page.stop()
    assert cluster.table() == cluster.seen()
    assert cluster.seen().keys() == {"GET /item?id=[id]"}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def words(text: str) -> str:
    return " ".join(text.split())
