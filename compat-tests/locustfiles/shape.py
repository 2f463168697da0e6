"""A load shape with classes; the Python twin of shape.cpp."""

from locust import LoadTestShape, User, constant, task


class Reader(User):
    wait_time = constant(1000)

    @task
    def read(self):
        pass


class Writer(User):
    wait_time = constant(1000)

    @task
    def write(self):
        pass


class Steps(LoadTestShape):
    """(until, users, spawn rate, classes)"""

    stages = [(2, 4, 4, None), (4, 8, 2, [Writer]), (6, 3, 10, None)]

    def tick(self):
        run_time = self.get_run_time()
        for until, users, spawn_rate, classes in self.stages:
            if run_time < until:
                return users, spawn_rate, classes
        assert self.get_current_user_count() == 3
        return None
