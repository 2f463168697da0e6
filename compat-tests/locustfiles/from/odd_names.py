# Names that C++, the C library or cpp-worker use, and names that are not English.
from locust import HttpUser, TaskSet, between, task

NULL = 0
EOF = "end"
time = 5
template = "/t"
größe = 3


def read(l):
    l.client.get(template)


def remove(l):
    l.client.delete("/all")


def printf(self):
    self.client.get("/größe", name="größe")


class Value(TaskSet):
    tasks = [read]

    @task
    def Value(self):
        self.client.get("/value")

    @task
    def interrupt_it(self):
        self.interrupt()


class signal(TaskSet):
    tasks = {printf: 2}

    @task
    def switch(self):
        self.client.get("/switch")
        self.interrupt()


class User(HttpUser):
    wait_time = between(1, 2)
    tasks = {read: 2, remove: 1, Value: 1, signal: 1}
    operator = "anna"
    auto = True

    def on_start(self):
        self.register()

    def register(self):
        self.client.post("/register")

    @task
    def delete(self):
        self.client.delete("/x")

    @task(2)
    def new(self):
        response = self.client.get("/new")
        if response.status_code == 404:
            self.this()

    @task
    def this(self):
        self.client.get("/this")

    @task
    def read(self):
        self.client.get("/read")

    @task
    def sleep_for(self):
        default = self.client.get("/sleep")

    @task
    def überprüfen(self):
        self.client.get("/prüfen")


class Response(User):
    @task
    def int(self):
        with self.client.get("/int", catch_response=True) as errno:
            errno.failure("no")


class Union(HttpUser):
    tasks = [Value]
