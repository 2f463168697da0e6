import os

from locust import HttpUser, constant, task

API_HOST = os.environ.get("API_HOST", "https://api.example.com")
ADMIN_HOST = os.getenv("ADMIN_HOST", "https://admin.example.com")
WEIGHT_OF_READERS = int(os.getenv("READERS", "6"))
THINK_TIME = 0.25


class BaseUser(HttpUser):
    abstract = True
    host = API_HOST
    wait_time = constant(THINK_TIME)

    def on_start(self):
        self.client.get("/session")

    def on_stop(self):
        self.client.get("/session/end")


class Reader(BaseUser):
    weight = WEIGHT_OF_READERS

    @task
    def read(self):
        self.client.get("/articles/1")


class Writer(BaseUser):
    weight = 2

    def on_start(self):
        super().on_start()
        self.client.get("/editor")

    @task
    def write(self):
        self.client.post("/articles", json={"title": "Hello"})


class Admin(BaseUser):
    fixed_count = 1
    host = ADMIN_HOST

    @task(1)
    def time(self):
        self.client.get("/admin")
