"""Users of a web server and of a made-up protocol; the Python twin of shop.cpp."""

from locust import HttpUser, User, constant, task


class ShopUser(HttpUser):
    """Requests that succeed, and two kinds of failures."""

    weight = 3
    wait_time = constant(0.1)

    @task(3)
    def index(self):
        self.client.get("/")

    @task(2)
    def item(self):
        self.client.get("/item?id=7", name="/item?id=[id]")

    @task
    def order(self):
        self.client.post("/order", data="sku=1")

    @task
    def missing(self):
        self.client.get("/missing", name="/missing")  # unnamed, Locust 2.12.2 says the whole URL in the error

    @task
    def unreachable(self):
        self.client.get("http://127.0.0.1:1/nobody")

    @task
    def wrong_text(self):
        with self.client.get("/text", catch_response=True) as response:
            if response.text != "never this":
                response.failure('it\'s not "this"')


class SlowShopUser(HttpUser):
    """Waits about a second for each answer, so that a stop finds it waiting."""

    wait_time = constant(0)

    @task
    def slow(self):
        self.client.get("/slow")


class EchoUser(User):
    """Another protocol: it fires the events itself."""

    wait_time = constant(0.2)

    @task
    def echo(self):
        self.fire("ping", 4, None)
        self.fire("pong", 0, 'it\'s a "timeout"')
        self.fire("refused", 0, ValueError("it's refused"))

    def fire(self, name, length, exception):
        self.environment.events.request.fire(
            request_type="ECHO",
            name=name,
            response_time=2.0,
            response_length=length,
            exception=exception,
            context={},  # Locust 2.12.2 wants it
        )
