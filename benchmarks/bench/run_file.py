"""Writes a run file of a made-up run, as docs/run-file.md describes the format."""

import math
import random
import struct
import zlib
from collections import Counter

import msgpack

FIRST_LINE = b"cpp-worker run file 1\n"
MARKER = b"\x93RUN"
BEGIN = 1_800_000_000  # Unix seconds
RATE = 20  # requests per second and name
FAILURES = 0.01


def write(path, seconds, names):
    """Each name has RATE requests per second with its own median response time, and some failures."""
    chance = random.Random(1)
    medians_ms = [5 * 1.05**number for number in range(names)]
    with open(path, "wb") as file:
        file.write(FIRST_LINE)
        _block(file, type="header", start_time=BEGIN, max_entries=10000,
               facts={"program": "benchmark", "host": "http://shop.example", "threads": 1, "response_time_precision": "2"})  # fmt: skip
        _block(file, type="names", entries=[[id, "GET", f"/page/{id}"] for id in range(names)],
               errors=[[id, "GET", f"/page/{id}", "HTTPError('503')"] for id in range(names)])  # fmt: skip
        for begin in range(BEGIN, BEGIN + seconds):
            _second(file, chance, begin, medians_ms)
        _block(file, type="event", kind="end", time=BEGIN + seconds, text="", data={"exit_code": 0})


def _second(file, chance, begin, medians_ms):
    entries, total_times = [], []
    for number, median in enumerate(medians_ms):
        times = [median * math.exp(chance.gauss(0, 0.5)) for _ in range(RATE)]
        total_times += times
        entries.append({"id": number, **_entry(begin, times, sum(chance.random() < FAILURES for _ in times))})
    failures = sum(entry["fail"] for entry in entries)
    _block(
        file, type="seconds", begin=begin, span=1, users={"Shopper": 1000}, cpu=30.0, memory=50_000_000, lag_p99=0.1, lag_max=0.4,
        threads=[{"wakeups": [0, 2000]}], total=_entry(begin, total_times, failures), entries=entries,
        errors=[[entry["id"], entry["fail"], begin + 0.1, begin + 0.9] for entry in entries if entry["fail"]],
    )  # fmt: skip


def _entry(begin, times, failures):
    entry = {
        "n": len(times), "fail": failures, "sum": sum(times), "min": min(times), "max": max(times), "bytes": 1000 * len(times),
        "first": begin + 0.01, "last": begin + 0.99, "times": _histogram(times),
    }  # fmt: skip
    return entry | ({"fail_times": _histogram(times[:failures])} if failures else {})


def _histogram(times):
    flat, before = [], 0
    for key, count in sorted(Counter(map(_step_us, times)).items()):
        flat += [key - before, count]
        before = key
    return flat


def _step_us(ms):
    """Two digits, as with --response-time-precision 2."""
    step = next(step for limit, step in [(1, 10), (10, 100), (100, 1000), (1000, 10_000), (math.inf, 100_000)] if ms < limit)
    return max(1, round(ms * 1000 / step)) * step


def _block(file, **members):
    content = zlib.compress(msgpack.packb(members))
    file.write(MARKER + struct.pack("<II", len(content), zlib.crc32(content)) + content)
