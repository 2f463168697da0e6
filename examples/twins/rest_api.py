"""A REST service: login with a bearer token, then orders from creation to deletion."""

import os
import random
import uuid

from locust import HttpUser, SequentialTaskSet, between, task

SKUS = ["chair", "desk", "lamp", "shelf"]


class OrderLifecycle(SequentialTaskSet):
    def on_start(self):
        self.order_id = None

    @task
    def create(self):
        lines = [{"sku": sku, "quantity": random.randint(1, 5)} for sku in random.sample(SKUS, 2)]
        order = {
            "reference": str(uuid.uuid4()),
            "customer": self.user.name,
            "lines": lines,
            "express": False,
        }
        with self.client.post("/api/orders", json=order, catch_response=True) as response:
            if response.status_code != 201:
                response.failure(f"not created: {response.text}")
                self.interrupt()
            self.order_id = response.json()["id"]

    @task(2)
    def read(self):
        url = f"/api/orders/{self.order_id}"
        with self.client.get(url, name="/api/orders/[id]", catch_response=True) as response:
            order = response.json()
            if order["status"] not in ("new", "paid"):
                response.failure(f"wrong status {order['status']}")
            if len(order["lines"]) != 2:
                response.failure("lines are missing")

    @task
    def pay(self):
        change = {"status": "paid", "amount": 99.5, "discount": None}
        self.client.patch(f"/api/orders/{self.order_id}", json=change, name="/api/orders/[id]")

    @task
    def delete(self):
        self.client.delete(f"/api/orders/{self.order_id}", name="/api/orders/[id]")

    @task
    def is_gone(self):
        url = f"/api/orders/{self.order_id}"
        with self.client.get(
            url, name="/api/orders/[id] (deleted)", catch_response=True
        ) as response:
            if response.status_code == 404:
                response.success()
        self.interrupt()


class ApiUser(HttpUser):
    wait_time = between(0.05, 0.15)
    tasks = {OrderLifecycle: 1}

    def on_start(self):
        self.name = f"customer{random.randint(1, 999):03}"
        credentials = {"user": self.name, "password": os.environ.get("API_PASSWORD", "secret")}
        response = self.client.post("/api/login", json=credentials)
        self.client.headers["Authorization"] = f"Bearer {response.json()['token']}"

    @task
    def show_profile(self):
        self.client.get("/api/customers/me")

    @task
    def check_stock(self):
        self.client.get(f"/api/stock/{random.choice(SKUS)}", name="/api/stock/[sku]")

    @task
    def add_to_wish_list(self):
        self.client.put(
            f"/api/wishes/{random.choice(SKUS)}",
            json={"note": "for later"},
            name="/api/wishes/[sku]",
        )

    @task(2)
    def list_orders(self):
        query = {"limit": 10, "sort": "-created"}
        with self.client.get(
            "/api/orders", params=query, name="/api/orders", catch_response=True
        ) as response:
            for order in response.json()["orders"]:
                if order["customer"] != self.name:
                    response.failure("an order of another customer")

    def on_stop(self):
        self.client.post("/api/logout")
