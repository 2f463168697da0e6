"""Users who share rows of data, with tags and messages; the master's locustfile and the Python twin of team.cpp."""

import csv
import logging
import os

from locust import User, constant, events, tag, task
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner


class ReaderUser(User):
    """Takes a row of the file that nobody else gets, until there are no more."""

    wait_time = constant(0.2)
    rows = None

    @tag("data")
    @task
    def read(self):
        if ReaderUser.rows is None:
            workers = self.environment.parsed_options.expect_workers
            with open(os.environ["ROWS"], newline="") as file:
                ReaderUser.rows = iter(list(csv.DictReader(file))[self.environment.runner.worker_index :: workers])
        row = next(ReaderUser.rows, None)
        if row is None:
            raise StopUser()
        self.fire(row["id"])

    @tag("idle")
    @task(5)
    def idle(self):
        self.fire("idle")

    def fire(self, name):
        self.environment.events.request.fire(
            request_type="ROW", name=name, response_time=1.0, response_length=0
        )


@events.init.add_listener
def on_init(environment, **_kwargs):
    runner = environment.runner
    if isinstance(runner, MasterRunner):

        def on_greeting(environment, msg):
            logging.info("worker %s says %s", msg.data["index"], msg.data["heard"])
            runner.send_message("thanks", {"to": msg.data["index"]}, msg.node_id)

        runner.register_message("greeting", on_greeting)
        events.spawning_complete.add_listener(
            lambda **_: runner.send_message("greet", {"words": ["hello", 1, None]})
        )
    if isinstance(runner, WorkerRunner):

        def on_greet(environment, msg):
            runner.send_message("greeting", {"index": runner.worker_index, "heard": msg.data})

        def on_thanks(environment, msg):
            environment.events.request.fire(
                request_type="THANKS", name=f"to {msg.data['to']}", response_time=1.0, response_length=0
            )

        runner.register_message("greet", on_greet)
        runner.register_message("thanks", on_thanks)
