"""A shop: visitors look at pages and items, customers log in first."""

import random
import time

from locust import HttpUser, between, task


class ShopVisitor(HttpUser):
    wait_time = between(1, 5)

    @task
    def front_page(self):
        self.client.get("/")
        self.client.get("/static/shop.css")

    @task(3)
    def view_items(self):
        for item_id in range(10):
            self.client.get(f"/item?id={item_id}", name="/item")
            time.sleep(1)

    @task(2)
    def search(self):
        word = random.choice(["chair", "table", "lamp"])
        self.client.get("/search", params={"q": word})

    def on_start(self):
        self.client.post("/login", json={"username": "visitor", "password": "secret"})
