from locust import HttpUser, between, events, task

stats = {"content-length": 0}


@events.request.add_listener
def on_request(response_length, **kwargs):
    stats["content-length"] += response_length


@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    print("A new test is starting")


@events.test_stop.add_listener
def on_test_stop(environment, **kwargs):
    print("A new test is ending")


class WebsiteUser(HttpUser):
    wait_time = between(0.1, 0.3)

    @task
    def index(self):
        self.client.get("/")

    # Your own event: you decide what counts as a request.
    @task
    def think(self):
        self.environment.events.request.fire(
            request_type="THINK",
            name="deeply",
            response_time=42,
            response_length=7,
            exception="no idea",
            context={},
        )
