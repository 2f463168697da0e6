#!/usr/bin/env python3
"""Records the verdicts that the Python code of --print-locustfile reaches on random tests.

usage: build/venv/bin/python tests/golden/record_thresholds.py build/release/cpp-worker > tests/golden/thresholds.json

The unit tests of src/runner/thresholds.cpp must come to the same verdicts. In these tests one worker reports each
second. "seconds" has the rows of each second: type, name, requests, failures, and the number of requests by
response time in milliseconds. "ran" is the number of seconds after which a `stop` ended the test, or all.
"""

import itertools
import json
import logging
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

TESTS = 150
GATES = Path(__file__).parents[2] / "compat-tests" / "locustfiles" / "gates.cpp"

METRICS = ["avg", "min", "max", "med", "p25", "p57", "p95", "p99.9", "p100", "rps", "fail%", "fails", "count"]
LIMITS = {"rps": [0, 3, 7.5, 40], "fail%": [0, 5, 50], "fails": [0, 2, 30], "count": [0, 5, 100]}
SCOPES = ["", ' of "/a"', ' of "GET *"', ' of "*/it*m"', ' of "POST /item"', ' of "nobody"']
WINDOWS = ["", "", ", stop", " for 1s", " for 3s", " for 3s, stop", " within 2s", " within 4s, stop"]
ROWS = [("GET", "/a"), ("GET", "/item"), ("POST", "/item"), ("BASKET", "pay")]
TIMES = [0, 1, 7, 30, 99, 150, 980, 2100]


def conditions():
    """Random conditions: each combination of metric and window at least once."""
    rng = random.Random(19)
    kinds = list(itertools.product(METRICS, WINDOWS))
    texts = []
    for metric, window in kinds + rng.sample(kinds, 40):
        limit = rng.choice(LIMITS.get(metric) or ["7ms", "30ms", "200ms", "1.5s"])
        texts.append(f"{metric}{rng.choice(SCOPES)} {rng.choice(['<', '<=', '>', '>='])} {limit}{window}")
    return list(dict.fromkeys(texts))


def random_second(rng, busy):
    rows = []
    for method, name in ROWS:
        if rng.random() > busy:
            continue
        times = {}
        for _ in range(rng.choice([1, 2, 5, 20])):
            time = rng.choice(TIMES)
            times[time] = times.get(time, 0) + 1
        requests = sum(times.values())
        rows.append([method, name, requests, rng.choice([0, 0, rng.randint(0, requests)]), times])
    return rows


def report(rows, second):
    """The rows of a second as a worker reports them."""
    return [
        {
            "method": method,
            "name": name,
            "num_requests": requests,
            "num_none_requests": 0,
            "num_failures": failures,
            "total_response_time": sum(time * count for time, count in times.items()),
            "min_response_time": min(times),
            "max_response_time": max(times),
            "response_times": times,
            "num_reqs_per_sec": {second: requests},
            "num_fail_per_sec": {second: failures} if failures else {},
        }
        for method, name, requests, failures, times in rows
    ]


def record(printed):
    """@param printed The locustfile that --print-locustfile writes for conditions()."""
    import locust

    module = {"__name__": "locustfile"}
    exec(compile(printed, "locustfile.py", "exec"), module)
    checks = locust.events.quitting._handlers[-1].__self__
    known = {threshold.text: threshold for threshold in checks.thresholds}
    clock = SimpleNamespace(now=0)
    module["time"] = SimpleNamespace(time=lambda: clock.now)
    checks.environment = SimpleNamespace(web_ui=None)
    checks.runner = SimpleNamespace(
        clients={"w": SimpleNamespace(id="w", state="running")}, quit=lambda: None
    )
    return [record_test(seed, known, checks, clock) for seed in range(TESTS)]


def record_test(seed, known, checks, clock):
    rng = random.Random(seed)
    begin = 1_000_000
    test = {
        "conditions": rng.sample(sorted(known), rng.randint(1, 5)),
        "warm_up": rng.choice([0, 0, 0, 1, 4]),
    }
    checks.thresholds = [known[text] for text in test["conditions"]]
    checks.warm_up, checks.began = test["warm_up"], None
    clock.now = begin
    checks.on_test_start()
    busy = rng.choice([0.2, 0.6, 0.9])
    test["seconds"] = [random_second(rng, busy) for _ in range(rng.randint(1, 14))]
    for second, rows in enumerate(test["seconds"]):
        clock.now = begin + second + 1.2  # a report takes a moment
        checks.on_worker_report("w", {"stats": report(rows, begin + second)})
        if checks.ended:
            break
    test["ran"] = second + 1
    checks.ended = begin + test["ran"]
    checks.judge()
    test["verdicts"] = [
        [failed, measured.partition(" (no request has this name")[0]] for _, failed, measured in checks.rows
    ]
    return test


def main():
    options = [word for condition in conditions() for word in ("--fail-if", condition)]
    command = [sys.argv[1], "-f", GATES, "--print-locustfile", "-L", "ERROR", *options]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    logging.disable()
    print("[\n" + ",\n".join(json.dumps(test) for test in record(printed)) + "\n]")


if __name__ == "__main__":
    main()
