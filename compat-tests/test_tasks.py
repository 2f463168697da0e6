"""Tasks, TaskSets, waits and their control flow: what a stock worker's users do, cpp-worker's do too.

Users run scripts of actions (locustfiles/tasks.py explains them) and say each step to the master.
"""

from __future__ import annotations

import json
import threading

from support.ports import free_port
from support.settings import LOCUSTFILES, LOOPBACK
from support.stage import Stage
from support.workers import (
    SELF_CHECK,
    compile_once,
    print_locustfile,
    run_binary,
    stock_master,
    stock_worker,
)

# Name: class, actions, last line of the trace and how often it comes. A script that runs out ends in StopUser.
SCRIPTS = {
    "returns": ("Scripted", ["return", "return"], "user.stop", 1),
    "raises": ("Scripted", ["raise", "return"], "user.stop", 1),
    "reschedules": ("Scripted", ["reschedule", "reschedule_immediately", "return"], "user.stop", 1),
    "stops the test": ("Scripted", ["stop_test"], "user.stop", 1),
    "interrupts": ("Scripted", ["interrupt", "return", "interrupt", "return"], "user.stop", 1),
    "interrupts and waits": ("Scripted", ["interrupt_and_wait", "return"], "user.stop", 1),
    "nested": ("Scripted", ["enter", "return", "return", "interrupt", "return"], "user.stop", 1),
    "nested interrupts and waits": ("Scripted", ["enter", "interrupt_and_wait", "return"], "user.stop", 1),
    "nested raises": ("Scripted", ["enter", "raise", "interrupt", "return"], "user.stop", 1),
    "nested reschedules": (
        "Scripted",
        ["enter", "reschedule", "reschedule_immediately", "interrupt", "interrupt", "return"],
        "user.stop",
        1,
    ),
    "nested stops": ("Scripted", ["enter", "stop_user"], "user.stop", 1),
    "nested stops the test": ("Scripted", ["enter", "stop_test"], "user.stop", 1),
    "schedules": ("Scripted", ["schedule", "return"], "user.stop", 1),
    "waits in a task": ("Scripted", ["wait", "enter", "wait", "return"], "user.stop", 1),
    "on_start of a set interrupts": (
        "Scripted",
        ["outer.start interrupt", "outer.start interrupt_and_wait", "return"],
        "user.stop",
        1,
    ),
    "on_start of a set raises": ("Scripted", ["outer.start raise", "return"], "user.stop", 1),
    "on_start of a set reschedules": ("Scripted", ["outer.start reschedule", "return"], "user.stop", 1),
    "on_start of a set stops": ("Scripted", ["outer.start stop_user"], "user.stop", 1),
    "on_start of a nested set": (
        "Scripted",
        ["enter", "inner.start interrupt", "enter", "inner.start raise", "enter", "inner.start stop_user"],
        "user.stop",
        1,
    ),
    "on_stop of a set raises": (
        "Scripted",
        ["enter", "interrupt", "inner.stop raise", "interrupt", "outer.stop raise", "return"],
        "user.stop",
        1,
    ),
    "on_stop of a set stops": ("Scripted", ["enter", "interrupt", "inner.stop stop_user"], "user.stop", 1),
    "on_stop raises while all are left": (
        "Scripted",
        ["enter", "stop_user", "inner.stop raise", "outer.stop raise"],
        "user.stop",
        1,
    ),
    "wait raises": ("Scripted", ["bad_wait", "return"], "user.stop", 1),
    "wait raises twice": ("Scripted", ["bad_waits", "return"], "user.stop", 1),
    "wait interrupts": ("Scripted", ["interrupt_in_wait", "return"], "user.stop", 1),
    "nested wait raises twice": ("Scripted", ["enter", "bad_waits", "return"], "user.stop", 1),
    "listener reschedules": ("Scripted", ["fire reschedule", "return"], "user.stop", 1),
    "listener reschedules at once": ("Scripted", ["fire reschedule_immediately", "return"], "user.stop", 1),
    "listener interrupts": ("Scripted", ["enter", "fire interrupt", "return"], "user.stop", 1),
    "listener stops": ("Scripted", ["enter", "fire stop_user"], "user.stop", 1),
    "listener raises": ("Scripted", ["fire raise", "return"], "user.stop", 1),
    "listener in on_start": ("Scripted", ["user.start fire raise", "return"], "user.stop", 1),
    "root returns and raises": ("ScriptedRoot", ["return", "raise", "return"], "user.stop", 1),
    "root reschedules": ("ScriptedRoot", ["reschedule", "reschedule_immediately", "return"], "user.stop", 1),
    "root stops the test": ("ScriptedRoot", ["stop_test"], "user.stop", 1),
    "root interrupts": ("ScriptedRoot", ["interrupt"], "root: interrupt", 1),
    "root wait raises": ("ScriptedRoot", ["bad_wait", "return"], "user.stop", 1),
    "root wait raises twice": ("ScriptedRoot", ["bad_waits"], "user.wait", 2),
    "root waits in a task": ("ScriptedRoot", ["wait", "return"], "user.stop", 1),
    "on_start raises": ("ScriptedRoot", ["user.start raise"], "user.start", 1),
    "on_start reschedules": ("ScriptedRoot", ["user.start reschedule"], "user.start", 1),
    "on_start interrupts": ("ScriptedRoot", ["user.start interrupt"], "user.start", 1),
    "on_start stops": ("ScriptedRoot", ["user.start stop_user"], "user.stop", 1),
    "on_start stops the test": ("ScriptedRoot", ["user.start stop_test"], "user.stop", 1),
    "on_stop raises": ("ScriptedRoot", ["stop_user", "user.stop raise"], "user.stop", 1),
    "ordered sets": ("Ordered", [], "b", 6),
}

# Name: class, actions, the line after which the user is told to stop.
PLACES = {
    "in a task": ("ScriptedRoot", ["sleep"], "root: sleep"),
    "in a wait": ("ScriptedRoot", ["long_wait"], "user.wait"),
    "in wait() of a task": ("ScriptedRoot", ["long_wait_in_task"], "user.wait"),
    "in on_start": ("ScriptedRoot", ["user.start sleep"], "user.start"),
    "in on_stop": ("ScriptedRoot", ["stop_user", "user.stop sleep"], "user.stop"),
    "in a nested task": ("Scripted", ["enter", "sleep"], "inner: sleep"),
    "in a nested wait": ("Scripted", ["enter", "long_wait"], "user.wait"),
    "in on_start of a nested set": ("Scripted", ["enter", "inner.start sleep"], "inner.start"),
    "in on_stop of a nested set": ("Scripted", ["enter", "interrupt", "inner.stop sleep"], "inner.stop"),
}
STOP_TIMEOUTS = {"no": 0.0, "a short": 0.2, "a long": 20.0}


CLASSES = ("Scripted", "ScriptedRoot", "Ordered", "Picking", "Tagged", "Paced", "Light", "Heavy", "Fixed")
NOBODY = dict.fromkeys(CLASSES, 0)
"""Targets: a master names all classes in each spawn."""


class Player(threading.Thread):
    """Plays a part to one worker, in the background; `told` is what the part's users said."""

    def __init__(self, start_worker, part):
        super().__init__(daemon=True)
        self._start_worker, self._part = start_worker, part
        self.told: dict[str, dict] = {}
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.stage = Stage(self._start_worker)
            try:
                self.stage.wait_connected()
                self._part(self)
            finally:
                self.stage.close()
        except BaseException as error:
            self.error = error

    def begin(self, name: str, user_class: str, actions: list[str]) -> None:
        self.stage.step(name)
        self.stage.master.spawn(NOBODY | {user_class: 1}, parsed_options={"script": actions})
        self.stage.wait("spawning_complete")

    def end(self, name: str) -> None:
        """The user is gone, and the answer comes behind all that it said."""
        self.stage.master.send("sync")
        self.stage.wait("synced")
        since = self.stage.since
        self.told[name] = {
            "trace": [m.data for m in self.stage.master.of_type("trace", since)],
            "errors": [error_text(m.data) for m in self.stage.master.of_type("exception", since)],
        }


def error_text(exception: dict) -> str:
    """As Python sends it: without the C++ type; Python's control flow has no text of its own."""
    text = exception["msg"].removeprefix("std::runtime_error: ").removeprefix("an exception of type ")
    return "" if text in ("RescheduleTask", "InterruptTaskSet", "True", "False") else text


def python_worker(port):
    return stock_worker(port, "tasks")


def our_worker(port):
    """On one thread: what it says in the end comes behind all that was said before."""
    if SELF_CHECK:
        return python_worker(port)
    path = LOCUSTFILES / "tasks.cpp"
    compile_once(path)
    return run_binary("-f", path, f"--master-host={LOOPBACK}", f"--master-port={port}", "--threads=1")


def play(part) -> tuple[dict, dict]:
    """What a stock worker's users and ours said."""
    stock, ours = Player(python_worker, part), Player(our_worker, part)
    for player in (stock, ours):
        player.join()
        if player.error:
            raise player.error
    return stock.told, ours.told


def assert_equal(stock: dict, ours: dict) -> None:
    """All differences, not only the first."""
    differences = [f"{name}:\n  stock {stock[name]}\n  ours  {ours[name]}" for name in stock if ours[name] != stock[name]]
    assert not differences, "\n" + "\n".join(differences)
    assert ours.keys() == stock.keys()


def test_scripts_run_as_on_a_stock_worker():
    def part(player):
        for name, (user_class, actions, last, count) in SCRIPTS.items():
            player.begin(name, user_class, actions)
            player.stage.wait("trace", lambda line, last=last: line == last, count=count)
            player.end(name)

    stock, ours = play(part)
    assert_equal(stock, ours)
    assert stock["nested"]["trace"] == (
        "user.start|outer.start|outer: enter|outer.wait|inner.start|inner: return|user.wait|inner: return|user.wait|"
        "inner: interrupt|inner.stop|outer: return|outer.wait|outer: stop_user|outer.stop|user.stop"
    ).split("|")


def test_stops_are_those_of_a_stock_worker():
    def part(player):
        for place, (user_class, actions, begun) in PLACES.items():
            for kind, stop_timeout in STOP_TIMEOUTS.items():
                name = f"{place}, {kind} stop_timeout"
                player.begin(name, user_class, actions)
                player.stage.wait("trace", lambda line, begun=begun: line == begun)
                player.stage.master.spawn(
                    NOBODY, parsed_options={"script": []}, stop_timeout=stop_timeout
                )
                player.stage.wait("spawning_complete", count=2)
                player.end(name)

    assert_equal(*play(part))


def test_a_set_is_left_also_after_a_failed_task():
    """A user that is stopped in the wait after a failure: a stock worker forgets the set's on_stop."""

    def part(player):
        player.begin("failed", "Scripted", ["enter", "raise_and_wait_long"])
        player.stage.wait("trace", lambda line: line == "user.wait")
        player.stage.master.spawn(NOBODY, parsed_options={"script": []})
        player.stage.wait("spawning_complete", count=2)
        player.end("failed")

    stock, ours = (told["failed"]["trace"] for told in play(part))
    assert stock[-3:] == ["user.wait", "outer.stop", "user.stop"]
    assert ours == [*stock[:-2], "inner.stop", *stock[-2:]]


SHARES = {
    "one": 1 / 10,
    "four": 4 / 10,
    "three": 2 / 10 * 3 / 4,
    "rest": 2 / 10 / 4,
    "left": 3 / 10 / 4,
    "right": 3 / 10 * 3 / 4,
}
"""Of the picks of Picking, by its weights."""

CHI_SQUARE_5 = 35.9
"""Five degrees of freedom: exceeded by chance once in a million times."""


def test_ratios_of_20000_picks():
    def part(player):
        player.begin("picks", "Picking", [])
        player.told["picks"] = player.stage.wait("picks").data

    workers = [told["picks"] for told in play(part)]
    for picks in workers:
        total = sum(picks.values())
        assert total == 20_000
        chi_square = sum((picks[name] - total * share) ** 2 / (total * share) for name, share in SHARES.items())
        assert chi_square < CHI_SQUARE_5, picks
    stock, ours = workers
    assert sum((stock[n] - ours[n]) ** 2 / (stock[n] + ours[n]) for n in SHARES) < CHI_SQUARE_5


def test_pacing_on_the_real_clock():
    """0.25 s apart, however long the task takes; nine of them take nine times as long."""

    def part(player):
        player.begin("pace", "Paced", [])
        player.told["pace"] = player.stage.wait("paced").data

    for told in play(part):
        second, tenth = told["pace"]
        assert 0.2 <= second < 1.25
        assert 2.2 <= tenth < 3.25


def test_tags_of_the_master_limit_the_tasks():
    """A fresh stock worker for each: it filters once per process."""
    expected = {
        "tags": ({"tags": ["read"]}, ["inner", "read", "slow_inner", "slow_read"]),
        "excluded": ({"exclude_tags": ["slow"]}, ["inner", "plain", "read"]),
        "both": ({"tags": ["read"], "exclude_tags": ["slow"]}, ["inner", "read"]),
    }

    def found(start_worker, options):
        stage = Stage(start_worker)
        try:
            stage.wait_connected()
            stage.master.spawn({"Tagged": 1}, parsed_options=options)
            return stage.wait("found").data
        finally:
            stage.close()

    for options, tasks in expected.values():
        assert found(python_worker, options) == tasks
        assert found(our_worker, options) == tasks


def test_tags_are_filtered_at_each_start_of_a_test():
    """A stock worker keeps the first run's tags."""

    def found_in_second_run(start_worker):
        stage = Stage(start_worker)
        try:
            stage.wait_connected()
            stage.master.spawn({"Tagged": 1}, parsed_options={"tags": ["read"]})
            stage.wait("found")
            stage.step("stop")
            stage.master.send("stop")
            stage.wait("client_ready")
            stage.master.spawn({"Tagged": 1}, parsed_options={"tags": ["slow"]})
            return stage.wait("found").data
        finally:
            stage.close()

    assert found_in_second_run(python_worker) == ["inner", "read", "slow_inner", "slow_read"]
    assert found_in_second_run(our_worker) == ["slow_inner", "slow_read"]


def test_weights_and_fixed_counts_reach_the_master(ended, tmp_path):
    """A stock master gives the classes of a printed locustfile as many users as those of its Python twin."""
    printed = tmp_path / "printed.py"
    printed.write_text(print_locustfile(LOCUSTFILES / "tasks.cpp"))
    for locustfile, start_worker in ((LOCUSTFILES / "tasks.py", python_worker), (printed, our_worker)):
        port = free_port()
        master = ended(
            stock_master(
                port,
                locustfile,
                options=["--headless", "-u", 11, "-r", 11, "--expect-workers", 1, "Light", "Heavy", "Fixed"],
            )
        )
        ended(start_worker(port))
        spawned = json.loads(master.expect(r"All users spawned: (\{.*\})")[1])
        assert {name: count for name, count in spawned.items() if count} == {"Fixed": 3, "Heavy": 6, "Light": 2}


def test_report_to_master_adds_its_keys_to_reports():
    for start_worker in (python_worker, our_worker):
        stage = Stage(start_worker)
        try:
            stage.wait_connected()
            report = stage.wait("stats", count=2)
            assert report.data["added"] == {"by": "a listener", "numbers": [1, 2.5, None]}
            assert report.data["user_count"] == 0
        finally:
            stage.close()
