"""Users that do what a script tells them and say each step to the master; the Python twin of tasks.cpp.

The script is the custom option `script`: a list of actions. An action `outer.start raise` belongs to
the on_start of the set `outer`; one without a level to the next task that runs, wherever that is.
"""

import time
from collections import Counter

from locust import (
    MarkovTaskSet,
    SequentialTaskSet,
    TaskSet,
    User,
    constant,
    constant_pacing,
    events,
    tag,
    task,
    transition,
    transitions,
)
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser
from locust.runners import WorkerRunner

PICKS = 20_000


class Script:
    """The actions of one user, and what they have set up for its next wait."""

    def __init__(self, user):
        self.user = user
        self.actions = list(user.environment.parsed_options.script)
        self.bad_waits = 0
        self.interrupts_wait = False
        self.next_wait = 0

    def say(self, line):
        self.user.environment.runner.send_message("trace", line)

    def hook(self, place, holder):
        """on_start or on_stop of a level."""
        self.say(place)
        if self.actions and self.actions[0].startswith(place + " "):
            self.perform(self.actions.pop(0).removeprefix(place + " "), holder)

    def task(self, level, holder):
        action = self.actions.pop(0) if self.actions else "stop_user"
        self.say(f"{level}: {action}")
        self.perform(action, holder)

    def wait(self, level):
        self.say(f"{level}.wait")
        if self.bad_waits:
            self.bad_waits -= 1
            raise RuntimeError("bad wait")
        if self.interrupts_wait:
            self.interrupts_wait = False
            raise InterruptTaskSet()
        seconds, self.next_wait = self.next_wait, 0
        return seconds

    def perform(self, action, holder):
        match action:
            case "return":
                return
            case "raise":
                raise RuntimeError("no luck")
            case "raise_and_wait_long":
                self.next_wait = 600
                raise RuntimeError("no luck")
            case "reschedule":
                raise RescheduleTask()
            case "reschedule_immediately":
                raise RescheduleTaskImmediately()
            case "interrupt":
                raise InterruptTaskSet()
            case "interrupt_and_wait":
                raise InterruptTaskSet(reschedule=False)
            case "stop_user":
                raise StopUser()
            case "stop_test":
                raise StopTest("enough")
            case "sleep":
                time.sleep(0.8)
                self.say("slept")
            case "long_wait":
                self.next_wait = 600
            case "wait":
                holder.wait()
                self.say("waited")
            case "long_wait_in_task":
                self.next_wait = 600
                holder.wait()
                self.say("waited")
            case "bad_wait":
                self.bad_waits = 1
            case "bad_waits":
                self.bad_waits = 2
            case "interrupt_in_wait":
                self.interrupts_wait = True
            case "enter":
                holder.schedule_task(Outer.Inner, first=True)
            case "schedule":
                holder.schedule_task(holder.first)
                holder.schedule_task(holder.second)
                holder.schedule_task(holder.urgent, first=True)
            case _ if action.startswith("fire "):
                self.user.environment.events.request.fire(
                    request_type="ECHO", name=action, response_time=1.0, response_length=0
                )
                self.say("fired")


class Outer(TaskSet):
    def wait_time(self):
        return self.user.script.wait("outer")

    def on_start(self):
        self.user.script.hook("outer.start", self)

    def on_stop(self):
        self.user.script.hook("outer.stop", self)

    @task
    def step(self):
        self.user.script.task("outer", self)

    def first(self):
        self.user.script.say("first")

    def second(self):
        self.user.script.say("second")

    def urgent(self):
        self.user.script.say("urgent")

    class Inner(TaskSet):
        def on_start(self):
            self.user.script.hook("inner.start", self)

        def on_stop(self):
            self.user.script.hook("inner.stop", self)

        @task
        def step(self):
            self.user.script.task("inner", self)


class ScriptedBase(User):
    abstract = True

    def __init__(self, environment):
        super().__init__(environment)
        self.script = Script(self)

    def wait_time(self):
        return self.script.wait("user")

    def on_start(self):
        self.script.hook("user.start", self)

    def on_stop(self):
        self.script.hook("user.stop", self)


class Scripted(ScriptedBase):
    """Works in Outer and, by the action `enter`, in Inner."""

    tasks = [Outer]


class ScriptedRoot(ScriptedBase):
    """Has tasks of its own only."""

    @task
    def step(self):
        self.script.task("root", self)


class Ordered(User):
    """Twelve steps through sets that have an order."""

    steps = 0

    def step(self, name):
        self.environment.runner.send_message("trace", name)
        self.steps += 1
        if self.steps == 12:
            raise StopUser()

    @task
    class Sequence(SequentialTaskSet):
        @task
        def a(self):
            self.user.step("a")

        @task(3)
        def b(self):
            self.user.step("b")

        @task
        class Chain(MarkovTaskSet):
            @transition("second")
            def first(self):
                self.user.step("first")

            @transitions(["third"])
            def second(self):
                self.user.step("second")

            @transition("first")
            def third(self):
                self.user.step("third")
                self.interrupt()

        @task
        def z(self):
            self.user.step("z")


class Picking(User):
    """Counts what it picks, and tells in the end."""

    def __init__(self, environment):
        super().__init__(environment)
        self.picks = Counter()

    def pick(self, name):
        self.picks[name] += 1
        if self.picks.total() == PICKS:
            self.environment.runner.send_message("picks", dict(self.picks))
            raise StopUser()

    @task
    def one(self):
        self.pick("one")

    @task(4)
    def four(self):
        self.pick("four")

    @task(2)
    class Set(TaskSet):
        @task(3)
        def three(self):
            self.user.pick("three")
            self.interrupt()

        @task
        def rest(self):
            self.user.pick("rest")
            self.interrupt()

    @task(3)
    class Chain(MarkovTaskSet):
        @transitions({"left": 1, "right": 3})
        def begin(self):
            pass

        @transition("begin")
        def left(self):
            self.user.pick("left")
            self.interrupt()

        @transition("begin")
        def right(self):
            self.user.pick("right")
            self.interrupt()


class Tagged(User):
    """Tells which tasks 200 picks have found."""

    def __init__(self, environment):
        super().__init__(environment)
        self.found = []

    def find(self, name):
        self.found.append(name)
        if len(self.found) == 200:
            self.environment.runner.send_message("found", sorted(set(self.found)))
            raise StopUser()

    @task
    def plain(self):
        self.find("plain")

    @tag("read")
    @task
    def read(self):
        self.find("read")

    @tag("read", "slow")
    @task
    def slow_read(self):
        self.find("slow_read")

    @tag("read")
    @task
    class Set(TaskSet):
        @task
        def inner(self):
            self.user.find("inner")
            self.interrupt()

        @tag("slow")
        @task
        def slow_inner(self):
            self.user.find("slow_inner")
            self.interrupt()


class Paced(User):
    """Tells when the second and the tenth task began, in seconds since the first."""

    wait_time = constant_pacing(0.25)

    def __init__(self, environment):
        super().__init__(environment)
        self.begins = []

    @task
    def work(self):
        self.begins.append(time.perf_counter())
        if len(self.begins) == 10:
            began = [begin - self.begins[0] for begin in self.begins]
            self.environment.runner.send_message("paced", [began[1], began[9]])
            raise StopUser()
        time.sleep(0.1)


class Idle(User):
    abstract = True
    wait_time = constant(600)

    @task
    def nothing(self):
        pass


class Light(Idle):
    pass


class Heavy(Idle):
    weight = 3


class Fixed(Idle):
    fixed_count = 3
    weight = 100


@events.request.add_listener
def on_request(name, **_kwargs):
    match name:
        case "fire reschedule":
            raise RescheduleTask()
        case "fire reschedule_immediately":
            raise RescheduleTaskImmediately()
        case "fire interrupt":
            raise InterruptTaskSet()
        case "fire stop_user":
            raise StopUser()
        case "fire raise":
            raise RuntimeError("bad listener")


@events.init.add_listener
def on_init(environment, **_kwargs):
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("sync", lambda msg, **_: environment.runner.send_message("synced"))


@events.report_to_master.add_listener
def on_report_to_master(data, **_kwargs):
    data["added"] = {"by": "a listener", "numbers": [1, 2.5, None]}
