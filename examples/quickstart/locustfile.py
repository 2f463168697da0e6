"""The Python twin of locustfile.cpp.

The master gets it (class names and weights come from here); a Python worker that runs it beside
cpp-worker adds to the same rows of the statistics.
"""

import time

from locust import HttpUser, between, constant, task


class ShopUser(HttpUser):
    """A visitor of the shop: logs in once, then looks around."""

    weight = 3
    wait_time = between(0.5, 1.5)

    def on_start(self):
        self.client.post("/login", json={"user": "foo"})

    @task
    def index(self):
        self.client.get("/")

    @task(3)
    def view_items(self):
        for item_id in range(3):
            self.client.get(f"/item?id={item_id}", name="/item?id=[id]")
            time.sleep(0.1)

    @task
    def search(self):
        with self.client.get("/search?q=shoe", name="/search", catch_response=True) as response:
            if response.text != "Success":
                response.failure("Got wrong response")


class AdminUser(HttpUser):
    """Someone of the staff, three times as rare."""

    wait_time = constant(2)

    @task
    def orders(self):
        self.client.get("/admin/orders", headers={"Accept": "application/json"})
