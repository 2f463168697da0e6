"""What the scripted master plays to a stock Python worker and to cpp-worker.

Each scenario is a function of a Stage. It ends when everything that it provoked has been said, so
that the transcripts of two workers can be compared word for word.
"""

from __future__ import annotations

from collections.abc import Callable

import msgpack

from support.stage import Stage

SCENARIOS: dict[str, Callable[[Stage], None]] = {}


def scenario(function: Callable[[Stage], None]) -> Callable[[Stage], None]:
    SCENARIOS[function.__name__] = function
    return function


def _spawn(stage: Stage, name: str, targets: dict[str, int], **spawn_options) -> None:
    """One step: a spawn that the worker carries out."""
    stage.step(name)
    stage.master.spawn(targets, **spawn_options)
    stage.wait("spawning_complete")


def _stop(stage: Stage) -> None:
    stage.step("stop")
    stage.master.send("stop")
    stage.wait("client_ready")
    stage.wait_state("ready")


def _quit(stage: Stage) -> None:
    stage.step("quit")
    stage.master.send("quit")
    stage.wait("quit")
    stage.wait_exit()


@scenario
def connects_and_quits(stage: Stage) -> None:
    stage.wait_connected()
    _quit(stage)


@scenario
def ramps_up_in_steps_within_one_second(stage: Stage) -> None:
    stage.wait_connected()
    for users in (1, 2, 3, 5, 8):
        _spawn(stage, f"spawn {users}", {"CountedUser": users, "HostUser": users // 2})
    stage.wait_state("running")
    stage.wait_counted("ECHO", "tick", 8)
    stage.wait_counted("HOST", "http://own.example", 4)
    _stop(stage)
    stage.wait_counted("ECHO", "stopped", 8)
    _quit(stage)


@scenario
def ramps_down(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "up", {"CountedUser": 5, "HostUser": 2})
    stage.wait_counted("ECHO", "tick", 5)
    _spawn(stage, "down", {"CountedUser": 2, "HostUser": 2})
    stage.wait_counted("ECHO", "stopped", 3)
    _spawn(stage, "to none", {"CountedUser": 0, "HostUser": 0})
    stage.wait_counted("ECHO", "stopped", 5)
    _spawn(stage, "up again", {"CountedUser": 1, "HostUser": 0})
    stage.wait_counted("ECHO", "tick", 6)
    _quit(stage)


@scenario
def classes_that_a_spawn_does_not_name_stay(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "first class", {"CountedUser": 2})
    stage.wait_counted("ECHO", "tick", 2)
    _spawn(stage, "other class", {"HostUser": 1})
    stage.wait_counted("HOST", "http://own.example", 1)
    _spawn(stage, "no class", {})
    _quit(stage)


@scenario
def ramp_down_waits_for_tasks_within_stop_timeout(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "up", {"SlowUser": 3}, stop_timeout=20.0)
    _spawn(stage, "down", {"SlowUser": 1}, stop_timeout=20.0)
    stage.wait_counted("ECHO", "done", 3)
    _quit(stage)


@scenario
def ramp_down_cuts_tasks_after_stop_timeout(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "up", {"SlowUser": 2}, stop_timeout=0.2)
    _spawn(stage, "down", {"SlowUser": 0}, stop_timeout=0.2)
    stage.wait_counted("ECHO", "begun", 2)
    stage.wait("stats", count=2)
    _quit(stage)


@scenario
def stop_lets_tasks_finish_within_stop_timeout(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "up", {"SlowUser": 2, "CountedUser": 1}, stop_timeout=4.0)
    _stop(stage)
    stage.wait_counted("ECHO", "done", 2)
    _quit(stage)


@scenario
def stops_and_starts_again(stage: Stage) -> None:
    stage.wait_connected()
    for test in (1, 2):
        _spawn(stage, f"test {test}", {"CountedUser": 2}, stop_timeout=None)
        stage.wait_state("running")
        _stop(stage)
        stage.wait_counted("ECHO", "stopped", 2 * test)
    _quit(stage)


@scenario
def discards_stale_spawns(stage: Stage) -> None:
    stage.wait_connected()
    stage.step("spawn")
    timestamp = stage.master.spawn({"CountedUser": 2})
    stage.wait("spawning_complete")
    stage.wait_counted("ECHO", "tick", 2)
    for name, stale in (("equal timestamp", timestamp), ("older timestamp", timestamp - 0.25)):
        stage.step(name)
        stage.master.spawn({"CountedUser": 7}, timestamp=stale)
        stage.wait("spawning")
        stage.wait_state("running")
    _spawn(stage, "a moment newer", {"CountedUser": 3}, timestamp=timestamp + 1e-6)
    stage.wait_counted("ECHO", "tick", 3)
    _quit(stage)


@scenario
def quits_once_when_told_three_times(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "spawn", {"CountedUser": 3})
    stage.wait_state("running")
    stage.step("quit")
    for _ in range(3):
        stage.master.send("quit")
    stage.wait("quit")
    stage.wait_exit()


@scenario
def quits_in_the_middle_of_tasks(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "spawn", {"SlowUser": 2, "CountedUser": 1}, stop_timeout=0.0)
    _quit(stage)


@scenario
def reconnects_under_the_same_identity(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "spawn", {"CountedUser": 2})
    stage.wait_counted("ECHO", "tick", 2)
    stage.wait_state(
        "running"
    )  # the next one is a second away: a stock worker may hang if it sends just then
    stage.step("reconnect")
    node_id = stage.master.worker
    stage.master.send("reconnect")
    stage.wait("heartbeat", lambda data: data["state"] == "running", count=3)
    assert stage.master.worker == node_id
    _spawn(stage, "spawn more", {"CountedUser": 3})
    stage.wait_counted("ECHO", "tick", 3)
    _quit(stage)


@scenario
def hears_and_sends_custom_messages(stage: Stage) -> None:
    stage.wait_connected()
    for data in (
        None,
        "text ☃",
        3,
        -1,
        2.5,
        True,
        [1, [2, None]],
        {"a": {"b": [1.5, "c"]}, 7: "int key"},
        b"\x00\xff",
    ):
        stage.step(f"greeting {data!r}")
        stage.master.send("greeting", data)
        stage.wait("greeting_answer")
    stage.step("unregistered")
    stage.master.send("nobody listens", {"a": 1})
    stage.wait("heartbeat", count=2)
    _quit(stage)


ODD_OPTIONS = {
    "none": None,
    "list": [1, "two", None, [3.5, {}]],
    "float": 0.1,
    "big": 2**63,
    "negative": -(2**63),
    "nested": {"a": {"b": {"c": [True, False]}}},
    "int keys": {1: "one", -2: "minus two"},
    "mixed keys": {1.5: "float key", "text": 1, None: "none", True: "bool"},
    "when": {"__datetime__": True, "as_str": "20261123T04:53:14.000123"},
    "text": "Straße ☃ \u0000 end",
    "empty": "",
    "an unknown key": {"__unknown__": True},
    "tags": None,
    "exclude_tags": None,
    "expect_workers": 3,
    "run_time": "1m",
}


@scenario
def takes_odd_parsed_options(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "spawn", {"CountedUser": 1}, parsed_options=ODD_OPTIONS)
    stage.wait_counted("ECHO", "tick", 1)
    for option in [key for key in ODD_OPTIONS if key != "run_time"] + ["absent"]:
        stage.step(f"option {option}")
        stage.master.send("option", option)
        stage.wait("option_answer")
    _spawn(stage, "none at all", {"CountedUser": 2}, parsed_options={})
    stage.wait_counted("ECHO", "tick", 2)
    _quit(stage)


HARMLESS_ODDITIES = {
    "unknown type": ["no such type", {"a": 1}, "x"],
    "unknown type without data": ["another", None, None],
    "type is nil": [None, None, None],
    "type is a number": [5, "x", 1.5],
    "heartbeat with data for somebody else": ["heartbeat", {"a": [1]}, "somebody else"],
    "second ack": ["ack", {"index": 0}, "x"],
    "ack without data": ["ack", None, "x"],
    "ack with other keys": ["ack", {"something": 1}, "x"],
    "spawning_complete before any test": ["spawning_complete", {"user_count": 3}, "x"],
}


@scenario
def survives_odd_messages(stage: Stage) -> None:
    stage.wait_connected()
    for name, message in HARMLESS_ODDITIES.items():
        stage.step(name)
        stage.master.send_bytes(msgpack.packb(message))
        stage.master.send("greeting", name)
        stage.wait("greeting_answer")
    _spawn(stage, "spawn", {"CountedUser": 1})
    stage.wait_counted("ECHO", "tick", 1)
    _quit(stage)


@scenario
def hears_that_the_cluster_is_ramped_up(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "spawn", {"CountedUser": 1})
    stage.wait_counted("ECHO", "tick", 1)
    stage.step("ramped up")
    stage.master.send("spawning_complete", {"user_count": 17})
    stage.wait("cluster_spawned")
    _quit(stage)


@scenario
def spawn_while_stopping_waits_until_ready(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "up", {"SlowUser": 1}, stop_timeout=3.0)
    stage.wait_counted("ECHO", "begun", 1)
    stage.step("stop and spawn")
    stage.master.send("stop")
    stage.master.spawn({"HostUser": 1}, stop_timeout=3.0)
    stage.wait("spawning_complete")
    stage.wait_counted("HOST", "http://own.example", 1)
    _quit(stage)


@scenario
def stop_is_answered_when_ready(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "spawn", {"HostUser": 1})
    _stop(stage)
    stage.wait_counted("HOST", "http://own.example", 1)  # a stock worker forgets it at the next start
    _stop(stage)
    _spawn(stage, "spawn again", {"HostUser": 1})
    stage.wait_state("running")
    _quit(stage)


@scenario
def reports_exceptions(stage: Stage) -> None:
    stage.wait_connected()
    stage.step("in a task")
    stage.master.spawn({"RaisingUser": 2})
    stage.wait("spawning_complete")
    stage.wait("exception", count=2)
    stage.step("in on_start")
    stage.master.spawn({"RaisingOnStartUser": 1})
    stage.wait("spawning_complete")
    stage.wait("exception")
    _quit(stage)


@scenario
def replaces_users_that_ended_by_themselves(stage: Stage) -> None:
    stage.wait_connected()
    for test in (1, 2, 3):
        stage.step(f"spawn {test}")
        stage.master.spawn({"LeavingUser": 2, "CountedUser": 1})
        stage.wait("spawning_complete")
        stage.wait_counted("ECHO", "leaving", 2 * test)
    stage.wait("stats", lambda data: data["user_classes_count"]["LeavingUser"] == 0)
    _quit(stage)


@scenario
def takes_the_host_from_the_master(stage: Stage) -> None:
    stage.wait_connected()
    _spawn(stage, "own host", {"HostUser": 1}, host=None)
    stage.wait_counted("HOST", "http://own.example", 1)
    _spawn(stage, "empty host", {"HostUser": 2}, host="")
    stage.wait_counted("HOST", "http://own.example", 2)
    _spawn(stage, "host of the master", {"HostUser": 3}, host="http://master.example")
    stage.wait_counted("HOST", "http://master.example", 1)
    _quit(stage)


@scenario
def takes_updates_of_a_user_class(stage: Stage) -> None:
    stage.wait_connected()
    stage.step("update")
    update = {
        "user_class_name": "HostUser",
        "host": "http://edited.example",
        "weight": 3,
        "fixed_count": 0,
        "tasks": ["report_host"],
    }
    stage.master.send("update_user_class", update)
    _spawn(stage, "spawn", {"HostUser": 1})
    stage.wait_counted("HOST", "http://edited.example", 1)
    _quit(stage)
