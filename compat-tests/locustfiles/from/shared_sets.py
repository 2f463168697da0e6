"""Sets that several users and sets use, of users with different clients."""
from locust import FastHttpUser, HttpUser, TaskSet, User, between, constant, task


def ping(self):
    self.client.get("/ping")


def leave(self):
    self.interrupt()


def log(anyone):
    print("here")


class Footer(TaskSet):
    tasks = [ping, leave]

    @task
    def imprint(self):
        self.client.get("/imprint")


class Pages(TaskSet):
    tasks = [(Footer, 2), (ping, 3), leave]

    @task
    def page(self):
        self.client.get("/page")


class Both(TaskSet):
    tasks = [log]

    @task
    def both(self):
        self.client.get("/both")
        self.interrupt()


class WebUser(HttpUser):
    wait_time = between(1, 2)
    tasks = [Pages, Footer, ping, Both]


class OtherWebUser(WebUser):
    tasks = {Footer: 3, log: 1}


class FastUser(FastHttpUser):
    wait_time = constant(1)
    tasks = [Both]


class Silent(User):
    @task
    class Alone(TaskSet):
        tasks = [leave, log]
