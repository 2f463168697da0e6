"""Each deliberate deviation of deviations.py, shown on a stock worker and on cpp-worker."""

from __future__ import annotations

import signal

import msgpack
import pytest

from deviations import ELSEWHERE, OF_THE_DOCUMENT, of_the_document
from support.stage import Stage
from support.transcript import add_up
from support.workers import SELF_CHECK, cpp_worker, stock_worker

pytestmark = pytest.mark.skipif(SELF_CHECK, reason="two stock workers do not deviate from each other")

ALL_CLASSES = {
    "CountedUser",
    "SlowUser",
    "LongUser",
    "BlockingUser",
    "TickingUser",
    "ManyNamesUser",
    "RaisingUser",
    "RaisingOnStartUser",
    "LeavingUser",
    "FleetingUser",
    "HostUser",
}


@pytest.fixture
def stock(ended):
    return ended(Stage(stock_worker))


@pytest.fixture
def ours(ended):
    return ended(Stage(cpp_worker))


def deviation(name: str):
    """Marks a test as the one that shows this row of the table."""
    assert name in OF_THE_DOCUMENT
    return pytest.mark.deviation(name)


def counted_before(stage: Stage, message_type: str) -> int:
    """CountedUser's requests reported before the first message of this type."""
    messages = stage.master.messages
    end = next(i for i, m in enumerate(messages) if m.type == message_type)
    return sum(row["num_requests"] for m in messages[:end] if m.type == "stats" for row in m.data["stats"])


REQUESTS_PER_LIFE = 11


@deviation("final report before client_stopped")
def test_final_report_comes_before_client_stopped(stock, ours):
    for stage in (stock, ours):
        stage.wait_connected()
        stage.step("run")
        stage.wait("stats")  # the next one by the clock is 3 s away
        stage.master.spawn({"CountedUser": 4})
        stage.wait("spawning_complete")
        stage.master.send("stop")
        stage.wait("client_stopped")
        stage.wait_counted("ECHO", "stopped", 4)
    assert counted_before(stock, "client_stopped") == 0
    assert counted_before(ours, "client_stopped") == 4 * REQUESTS_PER_LIFE
    types = [m.type for m in ours.master.messages if m.type != "heartbeat"]
    assert types[types.index("client_stopped") - 1] == "stats"


@deviation("final report on a signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_final_report_is_sent_on_a_signal(stock, ours, number):
    for stage in (stock, ours):
        stage.wait_connected()
        stage.step("run")
        stage.wait("stats")
        stage.master.spawn({"CountedUser": 4})
        stage.wait("spawning_complete")
        stage.worker.signal(number)
        stage.wait("quit")
        stage.wait_exit()
    assert ours.worker.wait() == 0
    assert counted_before(stock, "quit") == 0
    assert counted_before(ours, "quit") == 4 * REQUESTS_PER_LIFE


@deviation("ready as soon as users have ended")
def test_worker_is_ready_as_soon_as_its_users_have_ended(stock, ours):
    gaps = {}
    for stage in (stock, ours):
        stage.wait_connected()
        stage.master.spawn({"CountedUser": 1}, stop_timeout=5.0)
        stage.wait("spawning_complete")
        stage.step("stop")
        stage.master.send("stop")
        gaps[stage] = stage.wait("client_ready").time - stage.wait("client_stopped").time
    assert gaps[stock] > 4.5  # it sleeps: a slow machine only makes it more
    assert gaps[ours] < 4.5


@deviation("ready as soon as users have ended")
def test_additional_wait_of_the_environment_is_kept(ended):
    stage = ended(
        Stage(
            lambda port: cpp_worker(port, env={"LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP": "2"})
        )
    )
    stage.wait_connected()
    stage.master.spawn({"CountedUser": 1})
    stage.wait("spawning_complete")
    stage.step("stop")
    stage.master.send("stop")
    assert stage.wait("client_ready").time - stage.wait("client_stopped").time > 1.5


@deviation("unknown class")
def test_known_classes_run_beside_an_unknown_one(stock, ours):
    targets = {"CountedUser": 2, "NobodyKnowsMe": 3, "HostUser": 1}
    for stage in (stock, ours):
        stage.wait_connected()
        stage.step("spawn")
        stage.master.spawn(targets)
        stage.wait("spawning")
        stage.wait("stats", count=2)
    assert not stock.master.of_type("spawning_complete")
    assert not stock.master.of_type("exception")

    complete = ours.wait("spawning_complete").data
    assert complete["user_count"] == 3
    assert {k: v for k, v in complete["user_classes_count"].items() if v} == {"CountedUser": 2, "HostUser": 1}
    assert set(complete["user_classes_count"]) == ALL_CLASSES
    told = ours.wait("exception").data["msg"]
    for part in ("NobodyKnowsMe", "--print-locustfile", *ALL_CLASSES):
        assert part in told
    ours.worker.expect("NobodyKnowsMe")


@deviation("users that end at once")
def test_users_that_have_ended_already_are_not_counted(stock, ours):
    for stage in (stock, ours):
        stage.wait_connected()
        stage.step("spawn")
        stage.master.spawn({"FleetingUser": 3, "HostUser": 1})
        stage.wait("stats", lambda data: data["user_classes_count"]["HostUser"] == 1)
    assert stock.wait("spawning_complete").data["user_count"] == 4
    assert 1 <= ours.wait("spawning_complete").data["user_count"] <= 4
    for stage in (stock, ours):
        stage.wait("stats", lambda data: data["user_count"] == 1)


GARBAGE = {
    "empty frame": b"",
    "one byte": b"\xc1",
    "text": b"GET / HTTP/1.1\r\n\r\n",
    "truncated message": msgpack.packb(["spawn", {"timestamp": 1.0}, "x"])[:-3],
    "two messages in one frame": msgpack.packb(["heartbeat", None, "x"]) * 2,
    "not an array": msgpack.packb({"type": "stop"}),
    "array of two": msgpack.packb(["stop", None]),
    "array of four": msgpack.packb(["stop", None, "x", "y"]),
    "nil": msgpack.packb(None),
    "invalid UTF-8 in the type": msgpack.packb(["stop", None, "x"]).replace(b"stop", b"st\xffp"),
    "an array that claims 4 billion elements": b"\xdd\xff\xff\xff\xff",
    "deeply nested": b"\x91" * 20_000 + b"\xc0",
    "spawn without data": msgpack.packb(["spawn", None, "x"]),
    "spawn without classes": msgpack.packb(["spawn", {"timestamp": 1e12}, "x"]),
    "spawn of a negative number": msgpack.packb(
        [
            "spawn",
            {
                "timestamp": 1e12,
                "user_classes_count": {"CountedUser": -3},
                "host": None,
                "stop_timeout": 0.0,
                "parsed_options": {},
            },
            "x",
        ]
    ),
    "spawn of a text number": msgpack.packb(
        [
            "spawn",
            {
                "timestamp": 1e12,
                "user_classes_count": {"CountedUser": "3"},
                "host": None,
                "stop_timeout": 0.0,
                "parsed_options": {},
            },
            "x",
        ]
    ),
    "spawn with a list of classes": msgpack.packb(
        [
            "spawn",
            {
                "timestamp": 1e12,
                "user_classes_count": ["CountedUser"],
                "host": None,
                "stop_timeout": 0.0,
                "parsed_options": {},
            },
            "x",
        ]
    ),
    "spawn with a number as host": msgpack.packb(
        [
            "spawn",
            {
                "timestamp": 1e12,
                "user_classes_count": {"CountedUser": 1},
                "host": 5,
                "stop_timeout": "x",
                "parsed_options": 7,
            },
            "x",
        ]
    ),
    "spawn with nan as timestamp": msgpack.packb(
        [
            "spawn",
            {
                "timestamp": float("nan"),
                "user_classes_count": {},
                "host": None,
                "stop_timeout": 0.0,
                "parsed_options": {},
            },
            "x",
        ]
    ),
    "spawning_complete without data": msgpack.packb(["spawning_complete", None, "x"]),
    "update_user_class without data": msgpack.packb(["update_user_class", None, "x"]),
    "update_user_class of an unknown class": msgpack.packb(
        ["update_user_class", {"user_class_name": "NobodyKnowsMe", "weight": 3}, "x"]
    ),
    "ack with a text": msgpack.packb(["ack", {"index": "x"}, "x"]),
}

ENDS_A_STOCK_WORKER = [
    "empty frame",
    "truncated message",
    "not an array",
    "update_user_class of an unknown class",
]


@deviation("garbage")
@pytest.mark.parametrize("name", ENDS_A_STOCK_WORKER)
def test_garbage_makes_a_stock_worker_deaf(stock, name):
    stock.wait_connected()
    stock.master.send_bytes(GARBAGE[name])
    stock.wait("heartbeat", count=2)
    stock.step("spawn")
    stock.master.spawn({"CountedUser": 1})
    if stock.worker.is_running():
        stock.wait("heartbeat", count=2)
    assert not stock.master.of_type("spawning")


@deviation("garbage")
def test_garbage_is_logged_and_ignored(ours):
    ours.wait_connected()
    assert_answers_spawn(ours, {"CountedUser": 1})
    for name, frame in GARBAGE.items():
        ours.step(name)
        ours.master.send_bytes(frame)
        ours.master.send("greeting", name)
        ours.wait("greeting_answer")
    assert_answers_spawn(ours, {"CountedUser": 2})
    assert ours.worker.matching("WARNING|ERROR"), "nothing was logged"


def assert_answers_spawn(stage: Stage, targets: dict[str, int]) -> None:
    stage.step("spawn")
    # newer than any timestamp that a valid-looking garbage spawn may have left behind
    stage.master.spawn(targets, timestamp=2e12 + stage.master.mark())
    complete = stage.wait("spawning_complete", lambda data: data["user_count"] == sum(targets.values()))
    assert {k: v for k, v in complete.data["user_classes_count"].items() if v} == targets


@deviation("garbage")
def test_a_flood_of_garbage_is_logged_a_bounded_number_of_times(ours):
    ours.wait_connected()
    for _ in range(2000):
        ours.master.send_bytes(b"\xc1")
    ours.step("after the flood")
    ours.wait("heartbeat", count=2)
    assert_answers_spawn(ours, {"CountedUser": 1})
    assert len(ours.worker.lines) < 200


@deviation("bounded tables")
@deviation("float times")
def test_names_are_bounded_and_times_are_floats(stock, ended):
    ours = ended(Stage(lambda port: cpp_worker(port, options=["--max-entries=10"])))
    rows = {}
    for stage in (stock, ours):
        stage.wait_connected()
        stage.step("spawn")
        stage.master.spawn({"ManyNamesUser": 1})
        stage.wait("stats", lambda data: data["stats"])
        rows[stage] = [row for m in stage.master.of_type("stats") for row in m.data["stats"]]
    assert len(rows[stock]) == 20
    assert 10 <= len(rows[ours]) <= 11
    assert sum(row["num_requests"] for row in rows[ours]) == 20
    assert {type(row["total_response_time"]) for row in rows[stock]} == {int}
    assert {type(row["total_response_time"]) for row in rows[ours]} == {float}
    ours.worker.expect("More than 10 distinct request names")


def test_the_list_is_that_of_the_document():
    assert sorted(OF_THE_DOCUMENT.values()) == sorted(of_the_document())


def test_every_deviation_is_shown_here_or_where_it_says(request):
    shown = {mark.args[0] for item in request.session.items for mark in item.iter_markers("deviation")}
    if len(request.session.items) > 20:  # the whole file was collected, not one selected test
        assert shown | set(ELSEWHERE) == set(OF_THE_DOCUMENT)


def test_reports_of_a_run_add_up(ours):
    """Everything that the users did is in the reports, once, with the counts of each life."""
    ours.wait_connected()
    assert_answers_spawn(ours, {"CountedUser": 7})
    ours.step("stop")
    ours.master.send("stop")
    ours.wait("client_ready")
    totals = add_up([m.data for m in ours.master.of_type("stats")])["rows"]
    assert totals["", "Aggregated"]["num_requests"] == 7 * REQUESTS_PER_LIFE
    assert (
        sum(row["num_requests"] for key, row in totals.items() if key[1] != "Aggregated")
        == 7 * REQUESTS_PER_LIFE
    )
