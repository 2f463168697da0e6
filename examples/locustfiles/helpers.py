import hmac
import os
import random
import uuid

from locust import HttpUser, TaskSet, between, task


class Browse(TaskSet):
    @task(3)
    def look(self):
        item = random.choice(["book", "record"])
        self.client.get("/item", params={"name": item, "page": random.randint(1, 9)}, name="/item")

    @task
    def leave(self):
        self.interrupt()


class GuestUser(HttpUser):
    wait_time = between(float(os.environ.get("SHOP_MIN_WAIT", 0.02)), 0.06)
    tasks = [Browse]


class MemberUser(HttpUser):
    weight = int(os.environ.get("SHOP_MEMBERS", 3))
    wait_time = between(0.02, 0.06)
    tasks = {Browse: 2}

    @task
    def order(self):
        body = {"id": str(uuid.uuid4()), "items": [{"name": "book", "amount": 2}]}
        body["signature"] = hmac.digest(b"secret", body["id"].encode(), "sha256").hex()
        self.client.post("/orders", json=body)
