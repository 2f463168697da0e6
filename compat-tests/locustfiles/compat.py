"""Users whose every action can be counted; the Python twin of compat.cpp."""

import time

from locust import User, constant, events, task
from locust.exception import StopUser
from locust.runners import WorkerRunner


MOMENT = 0.5
"""Seconds."""


class CountedUser(User):
    """The same events in each life: some on start, one in its only task, one on stop."""

    wait_time = constant(600)

    def on_start(self):
        fire = self.environment.events.request.fire
        for response_time in (0.34, 0.5, 1.5, 12.5, 145.0, 1449.9, 12345.6):
            fire(request_type="GET", name="/timed", response_time=response_time, response_length=100)
        fire(request_type="PUSH", name="untimed", response_time=None, response_length=5)
        fire(
            request_type="ECHO",
            name='it\'s "broken"',
            response_time=2.5,
            response_length=0,
            exception='it isn\'t "here": Straße\n\t\\ <a object at 0x7f12ab>',
        )

    def on_stop(self):
        self.environment.events.request.fire(
            request_type="ECHO", name="stopped", response_time=1.0, response_length=0
        )

    @task
    def tick(self):
        self.environment.events.request.fire(
            request_type="ECHO", name="tick", response_time=1.0, response_length=0
        )


class SlowUser(User):
    """Its task takes a while, so stop_timeout decides whether it is counted."""

    wait_time = constant(600)

    @task
    def work(self):
        fire = self.environment.events.request.fire
        fire(request_type="ECHO", name="begun", response_time=1.0, response_length=0)
        time.sleep(1.5)
        fire(request_type="ECHO", name="done", response_time=1500.0, response_length=0)


class LongUser(User):
    """Never ends its task by itself."""

    @task
    def work_on(self):
        time.sleep(600)


class BlockingUser(User):
    """Holds its thread, as no user should."""

    @task
    def block(self):
        end = time.monotonic() + 1
        while time.monotonic() < end:
            pass
        self.environment.events.request.fire(
            request_type="ECHO", name="blocked", response_time=1000.0, response_length=0
        )


class TickingUser(User):
    """Goes on and on, and counts for itself what it did."""

    wait_time = constant(0.05)
    ticks = 0

    @task
    def tick(self):
        TickingUser.ticks += 1
        self.environment.events.request.fire(
            request_type="ECHO", name="ticking", response_time=1.0, response_length=0
        )


class ManyNamesUser(User):
    """Twenty rows, with whole milliseconds."""

    wait_time = constant(600)

    @task
    def fire_all(self):
        for number in range(20):
            self.environment.events.request.fire(
                request_type="ECHO", name=f"name {number}", response_time=1, response_length=0
            )


class RaisingUser(User):
    """Fails a moment after all users have been spawned: see FleetingUser."""

    wait_time = constant(600)

    @task
    def fail(self):
        time.sleep(MOMENT)
        raise RuntimeError("the task failed: Straße")


class RaisingOnStartUser(User):
    def on_start(self):
        time.sleep(MOMENT)
        raise RuntimeError("no start")

    @task
    def never(self):
        pass


class LeavingUser(User):
    """Ends by itself after its first task."""

    @task
    def leave(self):
        time.sleep(MOMENT)
        self.environment.events.request.fire(
            request_type="ECHO", name="leaving", response_time=1.0, response_length=0
        )
        raise StopUser()


class FleetingUser(User):
    """Ends as soon as it has begun. A stock worker reports it as spawned before it lets it begin."""

    @task
    def leave(self):
        raise StopUser()


class HostUser(User):
    """Reports the host it was told to work against."""

    wait_time = constant(600)
    host = "http://own.example"

    @task
    def report_host(self):
        self.environment.events.request.fire(
            request_type="HOST", name=self.host, response_time=1.0, response_length=0
        )


@events.init.add_listener
def on_init(environment, **_kwargs):
    runner = environment.runner
    if not isinstance(runner, WorkerRunner):
        return

    def answer_greeting(environment, msg):
        runner.send_message("greeting_answer", {"heard": msg.data})

    def answer_option(environment, msg):
        runner.send_message("option_answer", vars(environment.parsed_options).get(msg.data))

    def answer_count(environment, msg):
        runner.send_message("count_answer", TickingUser.ticks)

    runner.register_message("count", answer_count)
    runner.register_message("greeting", answer_greeting)
    runner.register_message("option", answer_option)
    events.test_start.add_listener(lambda **_: runner.send_message("test_started"))
    events.test_stop.add_listener(lambda **_: runner.send_message("test_stopped"))
    events.spawning_complete.add_listener(
        lambda user_count, **_: runner.send_message("cluster_spawned", {"user_count": user_count})
    )
