"""Real C client libraries as users, against real servers: the worker's numbers are the server's own."""

from __future__ import annotations

from support.databases import Postgres, Redis
from support.example import build_example
from support.settings import LOOPBACK
from support.stage import Stage
from support.transcript import add_up
from support.workers import cpp_worker


def play(ended, module, targets: dict[str, int], host: str, rows: dict[tuple[str, str], int]) -> dict:
    """Runs the users until each row has at least so many requests; gives back the sums of all reports."""
    stage = ended(Stage(lambda port: cpp_worker(port, module)))
    stage.wait_connected()
    stage.step("run")
    stage.master.spawn(targets, host=host, stop_timeout=10.0)
    for (method, name), count in rows.items():
        stage.wait_counted(method, name, count)
    stage.master.send("stop")
    stage.wait("client_stopped")
    messages = stage.master.messages
    errors = [m.data for m in messages if m.type == "exception"]
    assert not errors
    return add_up([m.data for m in messages if m.type == "stats"])


def test_redis_through_hiredis(ended, tmp_path):
    module = build_example("redis", tmp_path)
    redis = ended(Redis(tmp_path))
    wanted = {("REDIS", "SET"): 100, ("REDIS", "GET"): 200, ("REDIS", "LPUSH"): 20}
    sums = play(ended, module, {"RedisUser": 40}, f"{LOOPBACK}:{redis.port}", wanted)

    calls = redis.calls()
    measured = {name: row["num_requests"] for (method, name), row in sums["rows"].items() if method == "REDIS"}
    assert measured == {name.upper(): calls[name] for name in ("set", "get", "lpush")}
    assert calls["incr"] == 40
    (error,) = sums["errors"].values()
    assert error["name"] == "LPUSH"
    assert "WRONGTYPE Operation against a key holding the wrong kind of value" in error["error"]
    assert error["occurrences"] == calls["lpush"]


def test_postgres_through_libpq(ended, tmp_path):
    module = build_example("postgres", tmp_path)
    postgres = ended(Postgres())
    postgres.query("CREATE TABLE visits (kind text)")
    wanted = {("BLOCKING", "insert"): 100, ("ASYNC", "insert"): 100, ("ASYNC", "mistake"): 10}
    sums = play(ended, module, {"BlockingUser": 20, "AsyncUser": 20}, postgres.url, wanted)

    rows = sums["rows"]
    inserted = [["async", str(rows["ASYNC", "insert"]["num_requests"])]]
    inserted += [["blocking", str(rows["BLOCKING", "insert"]["num_requests"])]]
    assert postgres.query("SELECT kind, count(*) FROM visits GROUP BY kind ORDER BY kind") == inserted
    (error,) = sums["errors"].values()
    assert (error["method"], error["name"]) == ("ASYNC", "mistake")
    assert "division by zero" in error["error"]
    assert error["occurrences"] == rows["ASYNC", "mistake"]["num_requests"]
