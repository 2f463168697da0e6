"""The master's side of the benchmarks' users, and their Python twins.

On the master, BENCH_HEARTBEATS names a file that gets a line, Unix seconds, for each heartbeat.
"""

import os
import time

from locust import FastHttpUser, HttpUser, User, between, constant, events, task

PATH = os.environ.get("BENCH_PATH", "/fixed")


def ask(user):
    user.client.get(PATH)


def check_no_certificate(user):
    user.client.verify = False


class BusyHttp(HttpUser):
    tasks = [ask]
    on_start = check_no_certificate


class ConnectedHttp(HttpUser):
    tasks = [ask]
    on_start = check_no_certificate
    wait_time = constant(3600)


class RelaxedHttp(HttpUser):
    tasks = [ask]
    on_start = check_no_certificate
    wait_time = between(0, 2)


class BriskHttp(HttpUser):
    tasks = [ask]
    on_start = check_no_certificate
    wait_time = between(0.05, 0.15)


class BusyFast(FastHttpUser):
    tasks = [ask]


class ConnectedFast(FastHttpUser):
    tasks = [ask]
    wait_time = constant(3600)


class RelaxedFast(FastHttpUser):
    tasks = [ask]
    wait_time = between(0, 2)


class BriskFast(FastHttpUser):
    tasks = [ask]
    wait_time = between(0.05, 0.15)


class Waiting(User):
    wait_time = between(0, 60)

    @task
    def take_turn(self):
        start = time.time()
        events.request.fire(
            request_type="EVENT", name="turn", start_time=start, response_length=0, exception=None, context={},
            response_time=(time.time() - start) * 1000,
        )  # fmt: skip


def note_heartbeats(path):
    """The master's own listener goes on as it is; what it receives is looked at in passing."""
    file = open(path, "w", buffering=1)

    @events.init.add_listener
    def _(environment, **_):
        server = environment.runner.server
        receive = server.recv_from_client

        def recv_from_client():
            client_id, message = receive()
            if message.type == "heartbeat":
                print(time.time(), file=file)
            return client_id, message

        server.recv_from_client = recv_from_client


def compare_latencies(path):
    """As users.hpp's ErrorsOfLatency."""
    file = open(path, "w", buffering=1)
    errors = []

    def add(response_time, response, **_):
        if response is not None and response_time is not None and "X-Delay-Us" in (response.headers or {}):
            errors.append(response_time * 1000 - float(response.headers["X-Delay-Us"]))

    def write(**_):
        if errors:
            errors.sort()
            print(len(errors), *(errors[int(share * (len(errors) - 1))] for share in (0.5, 0.99, 1)), file=file)
            errors.clear()

    events.request.add_listener(add)
    events.heartbeat_received.add_listener(write)


if "BENCH_HEARTBEATS" in os.environ:  # the workers are not told
    note_heartbeats(os.environ["BENCH_HEARTBEATS"])
if "BENCH_ERRORS" in os.environ:
    compare_latencies(os.environ["BENCH_ERRORS"])
