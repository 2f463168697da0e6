"""The locustfile of record_golden.py: it makes a master and a worker send every type of message."""

from locust import User, constant, events, task
from locust.runners import MasterRunner, WorkerRunner


class SuccessUser(User):
    wait_time = constant(0.2)

    @task
    def succeed(self):
        fire = self.environment.events.request.fire
        for response_time in (0.34, 12.5, 145, 1449.9, 12_345.6):
            fire(request_type="GET", name="/ok", response_time=response_time, response_length=1234)
        fire(request_type="GRPC", name="Straße/☃", response_time=2.5, response_length=0)


class FailingUser(User):
    wait_time = constant(0.2)

    @task
    def fail(self):
        fire = self.environment.events.request.fire
        fire(
            request_type="GET",
            name="/missing",
            response_time=3.25,
            response_length=9,
            exception=ValueError("it's not there"),
        )
        fire(request_type="ECHO", name="text", response_time=1, response_length=0, exception="timeout")


class UntimedUser(User):
    wait_time = constant(0.2)

    @task
    def fire_without_response_time(self):
        self.environment.events.request.fire(
            request_type="PUSH", name="untimed", response_time=None, response_length=5
        )


class RaisingUser(User):
    wait_time = constant(0.5)

    @task
    def raise_error(self):
        raise RuntimeError("the task failed: Straße")


@events.init.add_listener
def register_messages(environment, **_kwargs):
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        runner.register_message("greeting", answer_greeting)
    if isinstance(runner, MasterRunner):
        runner.register_message("greeting_answer", lambda environment, msg: None)


@events.test_start.add_listener
def greet_workers(environment, **_kwargs):
    if isinstance(environment.runner, MasterRunner):
        environment.runner.send_message("greeting", {"text": "hello", "numbers": [1, 2.5, None, True]})


def answer_greeting(environment, msg):
    environment.runner.send_message("greeting_answer", {"heard": msg.data, "users": {1: "one"}})
