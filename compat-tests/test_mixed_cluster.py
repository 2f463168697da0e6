"""Python and C++ users in one cluster, from twin locustfiles: nobody can tell their rows apart."""

from __future__ import annotations

import re
import time
from collections import Counter

import pytest

from support.cluster import Cluster
from support.reports import Reports, read_reports
from support.settings import LOCUSTFILES
from support.workers import cpp_worker, stock_worker

TASKS = {
    "GET /": 3,
    "GET /item?id=[id]": 2,
    "POST /order": 1,
    "GET /missing": 1,
    "GET /nobody": 1,
    "GET /text": 1,
}
"""The weights of ShopUser's tasks, by the rows that they make."""

LIMIT = {5: 42.9}
"""χ² with so many degrees of freedom exceeds this in 4 of 100 million fair comparisons."""


@pytest.fixture
def run(ended, tmp_path):
    """A minute of twenty users, half of them in each language."""
    cluster = Cluster(
        ended,
        tmp_path,
        lambda port: stock_worker(port, "shop"),
        lambda port: cpp_worker(port, "shop"),
        locustfile=f"{LOCUSTFILES / 'shop'}.py,{LOCUSTFILES / 'reports'}",
        env={"REPORTS": str(tmp_path / "reports")},
        options=["--stop-timeout", 10],
    )
    cluster.ramp(20)
    time.sleep(60)
    cluster.stop()
    cluster.wait_settled()
    python_id, cpp_id = re.findall(r"(\S+) \(index \d\) reported as ready", cluster.master.output)[:2]
    reports = read_reports(tmp_path / "reports")
    return cluster, reports[python_id], reports[cpp_id]


@pytest.mark.long
def test_rows_cannot_be_told_apart(run):
    cluster, python, cpp = run
    assert cpp.requests.keys() == python.requests.keys()
    assert cpp.shape() == python.shape()
    assert cpp.errors == python.errors
    assert cpp.lengths_per_request() == python.lengths_per_request()
    assert failing(cpp) == failing(python)

    for reports in (python, cpp):
        assert chi_squared_of_weights(reports.requests, TASKS) < LIMIT[5]
    assert chi_squared_of_both(python.requests, cpp.requests, TASKS) < LIMIT[5]

    stats = cluster.ui.stats()
    table = {f"{row['method']} {row['name']}": row["num_requests"] for row in stats["stats"]}
    del table[" Aggregated"]
    assert Counter(table) == python.requests + cpp.requests
    assert len(stats["errors"]) == len(cpp.errors), "one row for a failure, whoever saw it"
    for error in stats["errors"]:
        name = f"{error['method']} {error['name']}"
        assert error["occurrences"] == python.failures[name] + cpp.failures[name]


def failing(reports: Reports) -> dict[str, float]:
    """The share of failures in each row: all or none of them here."""
    return {name: reports.failures[name] / count for name, count in reports.requests.items()}


def chi_squared_of_weights(counts: Counter, weights: dict[str, int]) -> float:
    total, whole = sum(counts[name] for name in weights), sum(weights.values())
    expected = {name: total * weight / whole for name, weight in weights.items()}
    return sum((counts[name] - expected[name]) ** 2 / expected[name] for name in weights)


def chi_squared_of_both(one: Counter, other: Counter, names) -> float:
    """Whether two samples come from the same distribution."""
    sizes = [sum(counts[name] for name in names) for counts in (one, other)]
    total = 0.0
    for name in names:
        both = one[name] + other[name]
        for counts, size in zip((one, other), sizes):
            expected = both * size / sum(sizes)
            total += (counts[name] - expected) ** 2 / expected
    return total


ROWS = 400


def test_tags_messages_and_rows_of_data_among_three_workers(ended, tmp_path):
    """Two Python workers and ours: each row is dealt once, messages arrive both ways, tags filter everywhere."""
    rows = tmp_path / "rows.csv"
    rows.write_text("id\n" + "".join(f"row {number}\n" for number in range(ROWS)), encoding="utf-8")
    env = {"ROWS": str(rows)}
    cluster = Cluster(
        ended,
        tmp_path,
        lambda port: stock_worker(port, "team", env=env),
        lambda port: cpp_worker(port, "team", env=env),
        lambda port: stock_worker(port, "team", env=env),
        locustfile="team",
        env=env,
        options=["--expect-workers", 3, "--tags", "data", "--stop-timeout", 5],
    )
    cluster.ramp(9)
    for index in range(3):
        cluster.master.expect(rf"worker {index} says {{'words': \['hello', 1, None\]}}")
        cluster.ui.wait_requests(1, f"THANKS to {index}")
    cluster.ui.wait_until(lambda stats: dealt(stats).total() >= ROWS, "all rows")
    cluster.stop()
    assert dealt(cluster.ui.stats()) == Counter(f"row {number}" for number in range(ROWS))
    assert cluster.table().keys() - {f"ROW row {number}" for number in range(ROWS)} == {
        f"THANKS to {index}" for index in range(3)
    }


def dealt(stats: dict) -> Counter:
    """How often each row has been used."""
    return Counter({row["name"]: row["num_requests"] for row in stats["stats"] if row["method"] == "ROW"})
