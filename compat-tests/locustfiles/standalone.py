"""Users for runs without a master, whose requests can be counted; the Python twin of standalone.cpp."""

import logging

from locust import HttpUser, constant, events, tag, task
from locust.exception import StopUser


@events.init.add_listener
def on_init(environment, runner, **_kwargs):
    @events.test_start.add_listener
    def on_test_start(environment, **_kwargs):
        logging.info("event test_start")
        runner.send_message("greeting", "hello")

    @events.test_stopping.add_listener
    def on_test_stopping(environment, **_kwargs):
        logging.info("event test_stopping")

    @events.test_stop.add_listener
    def on_test_stop(environment, **_kwargs):
        logging.info("event test_stop")

    @events.quitting.add_listener
    def on_quitting(environment, **_kwargs):
        logging.info("event quitting")

    @events.quit.add_listener
    def on_quit(exit_code):
        logging.info(f"event quit {exit_code}")

    @events.spawning_complete.add_listener
    def on_spawning_complete(user_count):
        logging.info(f"event spawning_complete {user_count}")

    def on_greeting(environment, msg, **_kwargs):
        logging.info(f"message {msg.data}")

    runner.register_message("greeting", on_greeting)


class Visitor(HttpUser):
    """Ten visits, each with three requests, of which two fail."""

    wait_time = constant(0.15)

    def on_start(self):
        self.visits = 0

    @task
    def visit(self):
        self.client.get("/page")
        self.client.get("/key", headers={"X-Api-Key": "wrong"})
        with self.client.post("/form", catch_response=True) as response:
            response.failure('it\'s "wrong"\n')
        self.visits += 1
        if self.visits == 10:
            raise StopUser()


class Rare(HttpUser):
    """Throws in its only task."""

    fixed_count = 1
    wait_time = constant(1000)

    @tag("throws")
    @task
    def fail(self):
        raise ValueError("no reason")


class Steady(HttpUser):
    """Never fails and never ends."""

    weight = 3
    wait_time = constant(0.1)

    @task
    def look(self):
        self.client.get("/steady")
