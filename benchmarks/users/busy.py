"""The Python twin of busy.cpp."""

from locust import HttpUser, task


class BusyUser(HttpUser):
    @task
    def get(self):
        self.client.get("/fixed")
