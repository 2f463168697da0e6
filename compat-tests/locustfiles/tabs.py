"""The Python twin of tabs.cpp."""

from locust import HttpUser, constant, task


class TabUser(HttpUser):
    wait_time = constant(0.1)

    @task(3)
    def good(self):
        self.client.get("/good")

    @task
    def markup(self):
        self.client.get("/markup?<b>a</b>", name="/<b>markup</b>")

    @task
    def order(self):
        self.client.post("/order", data="some text")
