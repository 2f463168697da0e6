import time

from locust import HttpUser, between, task


class WebsiteUser(HttpUser):
    wait_time = between(0.1, 0.3)

    @task
    def index(self):
        self.client.get("/")

    @task(3)
    def view_item(self):
        for item_id in range(3):
            self.client.get(f"/item?id={item_id}", name="/item?id=[id]")
            time.sleep(0.02)
