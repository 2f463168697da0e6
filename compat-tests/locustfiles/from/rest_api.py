"""CRUD against a REST API with a Bearer token."""
import json
from http import HTTPStatus

from locust import HttpUser, between, task

BASE = "/api/v1"
HEADERS = {"Accept": "application/json"}
TIMEOUT = 2.5  # seconds
PAGE_SIZE = 50
VERIFY_TLS = False


class ApiUser(HttpUser):
    wait_time = between(0.1, 0.5)
    token = None
    item_ids = []

    def on_start(self):
        """Logs in and keeps the token."""
        self.client.verify = False
        response = self.client.post(
            f"{BASE}/token",
            data={"username": "api", "password": "s3cr\"t", "grant_type": "password", "scope": "items:read items:write"},
        )
        self.token = response.json()["access_token"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"
        self.client.headers["X-Client"] = "load-test"

    @task(4)
    def list(self):
        self.client.get(f"{BASE}/items?size={PAGE_SIZE}", headers={"Accept": "application/json"}, timeout=2.5, name=BASE + "/items")

    @task(2)
    def create(self):
        payload = {"name": "thing", "tags": ["a", "b"]}
        with self.client.post(BASE + "/items", json=payload, headers=HEADERS, catch_response=True) as response:
            if response.status_code != HTTPStatus.CREATED:
                response.failure("not created: " + response.text)
                return
            self.item_ids.append(json.loads(response.text)["id"])

    @task
    def update(self):
        self.client.put("/api/v1/items/1", json={"name": "thing", "price": 9.5, "sold": True, "owner": None, "tags": ["a", "b"], "größe": 1})
        self.client.patch("/api/v1/items/1", data=b"{\"sold\": false}", headers={"Content-Type": "application/json"})

    @task
    def delete(self):
        self.client.delete("/api/v1/items/1", name="/api/v1/items/[id]", allow_redirects=False)
        self.client.request("OPTIONS", "/api/v1/items")

    @task
    def new(self): self.client.head("/api/v1/items/new", auth=("api", "key"))
