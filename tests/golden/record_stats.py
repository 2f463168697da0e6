#!/usr/bin/env python3
"""Records tests/golden/locust_stats.json: what Locust itself makes of samples, failures and merges.

Run with the Python of a virtual environment that has Locust 2.47 (the samples are seeded, so that
a second run writes the same file):
    python tests/golden/record_stats.py
"""
import json
import math
import pathlib
import random
from unittest import mock

import locust
from locust import stats as locust_stats

START = 1_700_000_000.25


def response_times(rng):
    """Halves, their neighbours, both sides of each step, and what a test may throw at it."""
    yield from (0.0, 0.5, 1.5, 2.5, 0.34, 2.675, 1.005, 99.5, 99.4999, 100.0, 104.5, 105.0, 115.0,
                125.0, 994.9, 995.0, 999.99, 1000.0, 1050.0, 1149.9999, 1150.0, 9949.5, 9950.0,
                9999.9, 10000.0, 10500.0, 11500.0, 12500.5, 59999.0, 60500.0, 61500.0, 123456.789,
                1e9, 1e15 + 500, 1e17, 3.3e18, -0.5, -1.5, -2.4, -1e6)
    for half in (*range(5, 1000, 50), *range(105, 1000, 10), *range(1050, 10000, 100),
                 *range(10500, 70000, 1000)):
        for value in (float(half), math.nextafter(half, 0), math.nextafter(half, math.inf)):
            yield value
    for _ in range(1000):
        yield round(10 ** rng.uniform(-3, 6), rng.choice((0, 1, 2, 6, 15)))


def rounding(rng):
    cases = [[ms, locust_stats.bucket_response_time(ms)] for ms in response_times(rng)]
    cases += [[ms, locust_stats.bucket_response_time(ms)] for ms in (5, 15, 105, 115, 1050, 10500)]
    return cases


NAMES = ["/", "/item/[id]", "Straße/☃", "it's \"quoted\"", "a\tb"]
METHODS = ["GET", "POST", ""]
ERRORS = [
    "HTTPError('500 Server Error: Internal Server Error for url: /')",
    "CatchResponseError('it\\'s wrong')",
    "it's",
    'say "hi"',
    "both ' and \"",
    "line\nbreak\r\ttab \\ backslash",
    "emoji 😀, zero width \u200b, combining e\u0301, nbsp \u00a0, del \x7f, nul \x00",
    "private \ue000, unassigned \u0378, tag \U000e0001, last \U0010ffff",
    "<X object at 0x7f12>",
    "<X object at 0x7f12> inside <Y object at 0x7f12> and <Z object at 0x9999>",
    "object at 0x7f12 without end",
    "object at 0x> empty address 0x",
    "<a b='object at 0xdead\nbeef'>",
    "",
]


def scenario(rng, steps):
    """One worker: requests and failures with reports in between, as RequestStats sees them."""
    now = START
    operations, reports = [], []
    with mock.patch.object(locust_stats.time, "time", lambda: now):
        stats = locust_stats.RequestStats(use_response_times_cache=False)
        for step in range(steps):
            now += rng.choice((0.0, 0.001, 0.25, 0.999, 1.5, -0.75))
            kind = rng.choices(("request", "error", "report"), (20, 8, 1))[0]
            if step == steps - 1:
                kind = "report"
            method, name = rng.choice(METHODS), rng.choice(NAMES)
            if kind == "request":
                ms = rng.choice((None, 0.0, 0.5, 104.5, 105.0, rng.uniform(0, 20),
                                 10 ** rng.uniform(-1, 5.5)))
                length = rng.choice((0, 123, 1 << 40))
                stats.log_request(method, name, ms, length)
                operations.append([kind, now, method, name, ms, length])
            elif kind == "error":
                error = rng.choice(ERRORS)
                stats.log_error(method, name, error)
                operations.append([kind, now, method, name, error])
            else:
                reports.append({
                    "stats": stats.serialize_stats(),
                    "stats_total": stats.total.get_stripped_report(),
                    "errors": stats.serialize_errors(),
                })
                stats.errors = {}
                operations.append([kind, now])
    return {"start": START, "operations": operations, "reports": reports}


def merged(reports):
    """What a master has after it got these reports."""
    with mock.patch.object(locust_stats.time, "time", lambda: 4e9):
        stats = locust_stats.RequestStats()
        events = locust.event.Events()
        locust_stats.setup_distributed_stats_event_listeners(events, stats)
        for report in reports:
            # json turns the keys of histograms into strings, which would not merge
            events.worker_report.fire(client_id="w", data=report)
        return {
            "stats": [entry.serialize() for entry in stats.entries.values()],
            "stats_total": stats.total.serialize(),
            "errors": {key: error.to_dict() for key, error in stats.errors.items()},
        }


def error_keys(rng):
    texts = list(ERRORS)
    for _ in range(150):
        length = rng.randrange(1, 12)
        texts.append("".join(chr(rng.choice((rng.randrange(0x20, 0x250), rng.randrange(0xD7FF),
                                             rng.randrange(0xE000, 0x110000), 0x27, 0x22, 0x5C)))
                             for _ in range(length)))
    cases = []
    for text in texts:
        method, name = rng.choice(METHODS), rng.choice(NAMES)
        cases.append({
            "method": method,
            "name": name,
            "error": text,
            "parsed": locust_stats.StatsError.parse_error(text),
            "repr": repr(text),
            "key": locust_stats.StatsError.create_key(method, name, text),
        })
    return cases


def every_character():
    """The key of an error that consists of each code point that UTF-8 can carry."""
    text = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    return locust_stats.StatsError.create_key("ALL", "all", text)


def utf8(rng):
    """Bytes and what Python decodes them to with errors="replace"."""
    pieces = [b"abc", "ä€😀".encode(), b"\x80", b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80",
              b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf5", b"\xff\xfe", b"\xe2\x82",
              b"\xf0\x9f\x98", b"\xc3", b"\xf0\x9f", b"\x00", b"0123456789abcdef"]
    cases = list(pieces)
    for _ in range(400):
        if rng.random() < 0.5:
            cases.append(b"".join(rng.choice(pieces) for _ in range(rng.randrange(1, 6))))
        else:
            cases.append(bytes(rng.choice((rng.randrange(256), rng.randrange(0xC0, 0x100),
                                           rng.randrange(0x80, 0xC0)))
                               for _ in range(rng.randrange(1, 12))))
    return [[raw.hex(), raw.decode("utf-8", errors="replace")] for raw in cases]


def main():
    rng = random.Random(247)
    scenarios = [scenario(rng, steps) for steps in (1, 3, 40, 120, 250)]
    worker_reports = [report for one in scenarios[2:] for report in one["reports"]]
    recorded = {
        "locust": [locust.__version__],
        "rounding": rounding(rng),
        "scenarios": scenarios,
        # The reports of a few workers, all of which a master gets.
        "merged": [{"reports": worker_reports, "result": merged(worker_reports)}],
        "error_keys": error_keys(rng),
        "every_character": [every_character()],
        "utf8": utf8(rng),
    }
    sections = []
    for name, items in recorded.items():  # an item per line: readable differences
        lines = ",\n".join(" " + json.dumps(item, separators=(",", ":")) for item in items)
        sections.append(f"{json.dumps(name)}: [\n{lines}\n]")
    text = "{\n" + ",\n".join(sections) + "\n}\n"
    pathlib.Path(__file__).with_name("locust_stats.json").write_text(text)


if __name__ == "__main__":
    main()
