"""Users with several requests at a time."""

import gevent
from locust import FastHttpUser, HttpUser, task
from locust.exception import StopUser


def together(count, function):
    gevent.joinall([gevent.spawn(function, i) for i in range(count)], raise_error=True)


class Rounds:
    """Two rounds of twelve requests, then one that shows all cookies."""

    @task
    def rounds(self):
        for _ in range(2):
            together(12, lambda i: self.client.get(f"/hold/{self.per_round}/{i}", name="/hold"))
        self.client.get("/cookies")
        raise StopUser()


class ManyUser(Rounds, HttpUser):
    per_round = 12


class FewUser(Rounds, FastHttpUser):
    concurrency = 3
    per_round = 3


class HeldUser(HttpUser):
    """Requests that are never answered, in a task and beside it."""

    @task
    def held(self):
        gevent.spawn(self.client.get, "/never")
        together(3, lambda i: self.client.get("/never"))
