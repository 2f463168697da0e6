"""Users with several requests at a time."""

import gevent
from locust import FastHttpUser, HttpUser, task
from locust.exception import StopUser


def together(count, function):
    gevent.joinall([gevent.spawn(function, i) for i in range(count)], raise_error=True)


def rounds(client, per_round):
    """Two rounds of twelve requests, then one that shows all cookies."""
    for _ in range(2):
        together(12, lambda i: client.get(f"/hold/{per_round}/{i}", name="/hold"))
    client.get("/cookies")
    raise StopUser()


class ManyUser(HttpUser):
    @task
    def many(self):
        rounds(self.client, 12)


class FewUser(FastHttpUser):
    concurrency = 3

    @task
    def few(self):
        rounds(self.client, 3)


class HeldUser(HttpUser):
    """Requests that are never answered, in a task and beside it."""

    @task
    def held(self):
        gevent.spawn(self.client.get, "/never")
        together(3, lambda i: self.client.get("/never"))
