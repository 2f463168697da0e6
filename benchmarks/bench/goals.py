"""What the project has set itself to reach, and whether the results do."""

import statistics
from dataclasses import dataclass

from .report import Table

FAST, HTTP = "cpp-worker FastHttpUser", "cpp-worker HttpUser"
SIZES = ("100", "1,000", "10,000")
# Generators that can't be installed here, in CPU time ÷ wrk's of the same day (July 2026, nginx, 100 users, 1 KiB).
DATED = {
    "launce, fasthttp": 1.35,
    "boomer, fasthttp": 1.42,
    "launce, net/http": 2.6,
    "boomer, net/http": 3.2,
    "JMeter": 11.3,
}


@dataclass
class Line:
    what: str
    floor: str
    goal: str
    measured: str
    state: str


def judge(value, floor, goal, more_is_better=False):
    if more_is_better:
        value, floor, goal = -value, -floor, -goal
    return "goal reached" if value <= goal else "floor reached" if value <= floor else "MISSED"


def table(results):
    lines = [
        *_to_wrk(results, FAST, {"100": (1.0, 1.2), "1,000": (1.0, 1.2), "10,000": (1.0, 1.2)}),
        *_to_wrk(results, HTTP, {"100": (0.9, 1.1), "1,000": (0.9, 1.1), "10,000": (0.9, 1.1)}),
        *(line for name in (FAST, HTTP) for table, what, floor, goal in (("HTTPS, 1 KiB", "https", 0.9, 1.1), ("HTTPS, 64 KiB", "https, 64 KiB", 1.0, 1.1))
          for line in _to_wrk(results, name, {"100": (floor, goal)}, table, f", {what}")),
        *_against_peers(results),
        _number("FastHttpUser: all user-mode code per request, including the parser and libc's send and recv (100 users), µs",
                results.rows("throughput 100 users, 1 KiB").get(FAST, {}), "user_us", 2, 1),
        *(_number(f"{name.removeprefix('cpp-worker ')}: memory per connected user, {scheme}, KiB",
                  results.rows("memory").get(f"{name}, {scheme}", {}), "kib_per_user", floor, goal)
          for name in (FAST, HTTP) for scheme, floor, goal in (("http", 3, 1.5), ("https", 12, 10))),
        _number("1,000,000 waiting users in one process, MiB", results.rows("waiting").get("1,000,000", {}), "rss_mib", 300, 200),
        *(_number(f"{name.removeprefix('cpp-worker ')}: CPU per request with 2 threads ÷ 1 thread",
                  results.rows("threads").get(name, {}), "ratios", 1.1, 1.02) for name in (FAST, HTTP)),
        *(_number(f"{name.removeprefix('cpp-worker ')}: p99 measurement overhead, 1,000 users at 1 request/s, ms",
                  results.rows("latency").get(f"{name}, 1,000 users at 1 request/s", {}), "p99", 0.2, 0.05) for name in (FAST, HTTP)),
        *_heartbeats(results),
    ]  # fmt: skip
    shown = Table("goals", "Goals", ["what", "floor", "goal", "measured", "state"])
    for line in lines:
        shown.row(line.what, line.floor, line.goal, line.measured, line.state, state=line.state)
    return shown


def _to_wrk(results, name, limits, kind="1 KiB", suffix=""):
    for users, (floor, goal) in limits.items():
        ratios = [1 / ratio for ratio in results.rows(f"throughput {users} users, {kind}").get(name, {}).get("to_wrk", [])]
        what = f"{name.removeprefix('cpp-worker ')}: requests per CPU-second ÷ wrk's, {users} users{suffix}"
        yield _judged(what, ratios, floor, goal, more_is_better=True)


def _number(what, row, key, floor, goal):
    found = row.get(key, [])
    return _judged(what, found if isinstance(found, list) else [found], floor, goal)


def _judged(what, values, floor, goal, more_is_better=False):
    if not values:
        return Line(what, str(floor), str(goal), "-", "not measured")
    value = statistics.median(values)
    text = f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    if len(values) > 1:
        text += f" ({min(values):.2f} to {max(values):.2f})"
    return Line(what, str(floor), str(goal), text, judge(value, floor, goal, more_is_better))


def _against_peers(results):
    """By CPU per request: ahead of all of them, at best with half of the best one's."""
    for users in SIZES:
        rows = results.rows(f"throughput {users} users, 1 KiB")
        costs = {name: statistics.median(row["cpu_us"]) for name, row in rows.items() if row.get("cpu_us")}
        if "wrk" not in costs:
            continue
        others = {name: cost for name, cost in costs.items() if name not in ("wrk", FAST, HTTP)}
        if users == "100":
            others |= {f"{name} (dated)": costs["wrk"] * ratio for name, ratio in DATED.items()}
        for name in (FAST, HTTP):
            yield _race(f"{name.removeprefix('cpp-worker ')} ahead of the others, {users} users", costs.get(name), others)


def _race(what, mine, others):
    if mine is None or not others:
        return Line(what, "ahead", "½ of the best", "-", "not measured")
    text = f"{mine:.1f} µs; " + ", ".join(f"{name} {cost:.1f}" for name, cost in sorted(others.items(), key=lambda one: one[1]))
    best = min(others.values())
    state = "goal reached" if mine <= best / 2 else "floor reached" if mine < best else "MISSED"
    return Line(what, "ahead", "½ of the best", text, state)


def _heartbeats(results):
    busy = [gap for name in (FAST, HTTP)
            for gap in results.rows("throughput 10,000 users, 1 KiB").get(name, {}).get("heartbeat_gaps", [])]  # fmt: skip
    yield _interval("heartbeat interval under full load (10,000 busy users), the longest, s", busy)
    yield _interval("heartbeat interval while 1,000,000 users wait, the longest, s",
                    results.rows("waiting").get("1,000,000", {}).get("heartbeat_gaps", []))  # fmt: skip


def _interval(what, gaps):
    if not gaps:
        return Line(what, "1.5", "0.95 to 1.05", "-", "not measured")
    state = "goal reached" if 0.95 <= min(gaps) and max(gaps) <= 1.05 else "floor reached" if max(gaps) <= 1.5 else "MISSED"
    return Line(what, "1.5", "0.95 to 1.05", f"{max(gaps):.3f} (shortest {min(gaps):.3f}, {len(gaps)} intervals)", state)
