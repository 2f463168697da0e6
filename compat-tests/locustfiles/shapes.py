"""The kinds of load shapes in Locust's examples/custom_shape; the Python twin of shapes.cpp. SHAPE chooses one."""

import logging
import math
import os
import time

from locust import LoadTestShape, User, constant, task


def record(what):
    logging.info(f"record {what} {time.time()}")


class Reader(User):
    wait_time = constant(1000)

    def on_start(self):
        record("+Reader")

    def on_stop(self):
        record("-Reader")

    @task
    def read(self):
        pass


class Writer(User):
    wait_time = constant(1000)

    def on_start(self):
        record("+Writer")

    def on_stop(self):
        record("-Writer")

    @task
    def write(self):
        pass


class Chosen(LoadTestShape):
    targets = [(8, 2.5), (20, 3.5), (5, 2.5)]
    reached = 0
    waits = False

    def tick(self):
        record("tick")
        return getattr(self, os.environ["SHAPE"])()

    def at(self, *stages):
        for until, *tick in stages:
            if self.get_run_time() < until:
                return tuple(tick)
        return None

    def stages(self):
        return self.at((3, 6, 3), (7, 20, 5), (11, 4, 8), (13, 2, 1), (15, 5, 2))

    def double_wave(self):
        second = int(self.get_run_time())
        if second >= 16:
            return None

        def wave(height, peak):
            return height * math.exp(-(((second - peak) / 2) ** 2))

        users = round(3 + wave(12, 5) + wave(7, 11))
        return users, users

    def step_load(self):
        if self.get_run_time() > 15.5:
            return None
        return (int(self.get_run_time()) // 3 + 1) * 5, 4

    def staging_user_classes(self):
        return self.at(
            (3, 6, 6, [Reader]),
            (6, 14, 4, [Writer]),
            (9, 20, 3, [Reader, Writer]),
            (12, 8, 6),
            (15, 12, 2, [Writer]),
        )

    def wait_user_count(self):
        if self.reached == len(self.targets):
            return None
        users, seconds = self.targets[self.reached]
        if self.get_current_user_count() == users:
            if not self.waits:
                self.reset_time()
            self.waits = self.get_run_time() <= seconds
            if not self.waits:
                self.reached += 1
        return users, 100
