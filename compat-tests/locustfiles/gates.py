"""Requests whose times and failures are known, for thresholds; the Python twin of gates.cpp."""

import locust.runners
from locust import HttpUser, constant, task

locust.runners.WORKER_REPORT_INTERVAL = 1  # for thresholds with stop


class Customer(HttpUser):
    wait_time = constant(0.2)

    @task
    def buy(self):
        self.client.get("/fast")
        self.client.get("/slow")
        self.client.get("/flaky")
        self.client.get("/warming")
        self.client.post("/orders/1")
        self.environment.events.request.fire(
            request_type="BASKET", name="pay", response_time=50, response_length=0, exception=None
        )
