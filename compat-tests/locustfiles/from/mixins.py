import random

from locust import HttpUser, TaskSet, between, task


class LoginMixin:
    """Logs in and out."""

    username = "mix"

    def on_start(self):
        self.login()

    def login(self):
        self.client.post("/login", json={"user": "mix"})

    def on_stop(self):
        self.client.post("/logout")


class RandomMixin(object):
    wait_time = between(2, 4)

    def random_id(self):
        return random.randint(1, 1000)

    def open(self, page, size=10):
        self.client.get(f"/{page}?size={size}")


class MobileUser(LoginMixin, RandomMixin, HttpUser):
    weight = 3

    @task
    def feed(self):
        self.client.get(f"/feed/{self.random_id()}", name="/feed/[id]")


class DesktopUser(LoginMixin, HttpUser):
    @task
    def dashboard(self):
        self.client.get("/dashboard")

    @task
    class Settings(RandomMixin, TaskSet):
        @task
        def change(self):
            self.open("settings")
            self.interrupt()


class Helper:
    def __init__(self):
        self.x = 1

    def double(self):
        return self.x * 2
