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
from support.settings import LOCUSTFILES
from support.workers import cpp_worker, print_locustfile

MISSING = "HTTPError('404 Client Error: Not Found for url: /missing')"


class Site:
    """A cluster of one cpp-worker, and its web UI in a browser."""

    def __init__(self, ended, folder: Path, test: str, locustfile: str, *options):
        stub = folder / f"{locustfile}.py"
        stub.write_text(print_locustfile(LOCUSTFILES / f"{locustfile}.cpp"), encoding="utf-8")
        self.cluster = Cluster(
            ended,
            folder,
            lambda port: cpp_worker(port, locustfile),
            locustfile=stub.with_suffix(""),
            options=["--stop-timeout", 10, *options],
        )
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
    (exception,) = page.until(page.table, "exceptions")
    page.screenshot("exceptions")
    assert exception["Message"] == "std::runtime_error: the order has no number"
    assert "BrokenUser.order" in exception["Traceback"]
    assert int(exception["# occurrences"]) > 0

    page.tab("Current Ratio")
    page.until(lambda: "75.0% ShopUser" in page.text(), "ratios")
    page.screenshot("current_ratio")
    for line in ("25.0% BrokenUser", "100.0% order", "50.0% index", "33.3% item", "16.7% missing"):
        assert line in page.text()

    page.tab("Charts")
    page.until(lambda: page.charts() == 3, "charts")
    page.screenshot("charts")

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
    page.stop()
    page.until(lambda: site.requests() == cluster.seen(), "the server's own count")


def test_what_is_downloaded_is_what_was_reported(site):
    """The three CSV files and the HTML report against the server's own count and the master's JSON."""
    site = site("web_ui")
    page, cluster = site.page, site.cluster
    page.start(6)
    cluster.ui.wait_requests(60)
    cluster.ui.wait_requests(4, "GET /missing")
    cluster.ui.wait_requests(1, "POST /order")
    page.stop()
    seen = cluster.seen()
    stats = cluster.ui.stats()
    assert cluster.table() == seen

    page.tab("Download Data")
    requests = rows_of(page.download("Download requests CSV"))
    failures = rows_of(page.download("Download failures CSV"))
    exceptions = rows_of(page.download("Download exceptions CSV"))

    named = {f"{row['Type']} {row['Name']}": row for row in requests if row["Name"] != "Aggregated"}
    assert {name: int(row["Request Count"]) for name, row in named.items()} == seen
    assert [int(row["Request Count"]) for row in requests if row["Name"] == "Aggregated"] == [seen.total()]
    for row in stats["stats"]:
        if row["name"] == "Aggregated":
            continue
        mine = named[f"{row['method']} {row['name']}"]
        assert int(mine["Failure Count"]) == row["num_failures"]
        assert float(mine["Average Response Time"]) == pytest.approx(row["avg_response_time"])
        assert float(mine["Min Response Time"]) <= float(mine["Median Response Time"])
        assert float(mine["Median Response Time"]) <= float(mine["Max Response Time"])

    (failure,) = failures
    assert (failure["Name"], failure["Error"]) == ("/missing", MISSING)
    assert int(failure["Occurrences"]) == seen["GET /missing"]
    (exception,) = exceptions
    assert exception["Message"] == "std::runtime_error: the order has no number"
    assert int(exception["Count"]) == seen["POST /order"]

    page.follow("Download Report")
    page.until(lambda: "Locust Test Report" in page.text() and page.tables(), "the report")
    page.screenshot("report")
    reported = page.tables()[0]
    report = {f"{row['Type']} {row['Name']}": int(row["# Requests"]) for row in reported if row["Type"]}
    assert report == seen
    assert [row["Message"] for table in page.tables() for row in table if "# Failures" in row] == [MISSING]


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
