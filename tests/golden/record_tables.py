#!/usr/bin/env python3
"""Records the tables and CSV files that stock Locust writes of random statistics.

usage: build/venv/bin/python tests/golden/record_tables.py > tests/golden/locust_tables.json

Each case has the statistics in Locust's own serialized form ("stats", "stats_total", "errors") and the
lines of its tables and files.
"""

import csv
import io
import json
import random
import types
from unittest import mock

from locust import stats as locust_stats
from locust.exception import CatchResponseError

START = 1_700_000_000.25
NAMES = ["/", "/item/[id]", "Straße/☃", "it's \"quoted\", with comma", "a" * 90, "line\nbreak"]
ERRORS = [
    CatchResponseError("wrong text"),
    CatchResponseError("it's 100% \"wrong\"\n\\ twice"),
    ConnectionRefusedError(111, "Connection refused"),
    ValueError("it's wrong"),
    "a plain text",
]


def record(seed):
    rng = random.Random(seed)
    clock = types.SimpleNamespace(now=START)
    with mock.patch("time.time", lambda: clock.now):
        stats = locust_stats.RequestStats()
        for _ in range(rng.choice([0, 1, 3, 40, 100])):
            clock.now += rng.expovariate(10)
            name, method = rng.choice(NAMES), rng.choice(["GET", "POST", ""])
            elapsed = rng.choice([None, *(10 ** rng.uniform(-2, 4.5) for _ in range(9))])
            stats.log_request(method, name, elapsed, rng.randint(0, 5000))
            if rng.random() < 0.2:
                stats.log_error(method, name, rng.choice(ERRORS))
        if rng.random() < 0.2:
            clock.now += 1
            stats.log_error("GET", "/only failures", ERRORS[2])
        entries = [entry.serialize() for entry in stats.entries.values()]
        errors = stats.serialize_errors()
        with mock.patch.object(locust_stats, "STATS_NAME_WIDTH", width := rng.choice([80, 80, 40, 0])):
            return {
                "width": width,
                "stats": entries,
                "stats_total": stats.total.serialize(),
                "errors": errors,
                "current": locust_stats.get_stats_summary(stats, current=True),
                "total": locust_stats.get_stats_summary(stats, current=False),
                "percentiles": locust_stats.get_percentile_stats_summary(stats),
                "report": locust_stats.get_error_report_summary(stats),
                **csv_texts(stats),
            }


def csv_texts(stats):
    rows = {
        1: {"count": 3, "msg": "boom, \"quoted\"", "traceback": "  at a\n  at b\n", "nodes": {"local"}},
        2: {"count": 1, "msg": "", "traceback": "  at c\n", "nodes": {"local"}},
    }
    runner = types.SimpleNamespace(exceptions=rows, user_count=7)
    environment = types.SimpleNamespace(stats=stats, runner=runner)
    writer = locust_stats.StatsCSV(environment, locust_stats.PERCENTILES_TO_REPORT)
    texts = {}
    for key, write in {
        "csv_stats": writer.requests_csv,
        "csv_failures": writer.failures_csv,
        "csv_exceptions": writer.exceptions_csv,
        "csv_history": lambda out: history(environment, out),
    }.items():
        out = io.StringIO(newline="")
        write(csv.writer(out))
        texts[key] = out.getvalue()
    return texts


def history(environment, out):
    """The header and one row, as `--csv` without `--csv-full-history` writes them."""
    with mock.patch("builtins.open", lambda *_: io.StringIO()):
        writer = locust_stats.StatsCSVFileWriter(environment, locust_stats.PERCENTILES_TO_REPORT, "x")
    out.writerow(writer.stats_history_csv_columns)
    writer._stats_history_data_rows(out, START)


if __name__ == "__main__":
    cases = [json.dumps(record(seed), ensure_ascii=False) for seed in range(14)]
    print("[\n" + ",\n".join(cases) + "\n]")
