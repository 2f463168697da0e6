import time

import gevent
from locust import HttpUser, between, task


class BrowserUser(HttpUser):
    wait_time = between(0.1, 0.3)

    def on_start(self):
        self.poller = gevent.spawn(self.poll)

    def on_stop(self):
        self.poller.kill()

    def poll(self):
        while True:
            self.client.get("/notifications")
            time.sleep(0.2)

    @task
    def open_page(self):
        self.client.get("/")
        style = gevent.spawn(self.client.get, "/style.css")
        logo = gevent.spawn(self.client.get, "/logo.png")
        gevent.joinall([style, logo], raise_error=True)
        style.value.raise_for_status()
        parts = [gevent.spawn(self.load_part, part) for part in range(6)]
        gevent.joinall(parts, raise_error=True)

    def load_part(self, part):
        self.client.get(f"/part/{part}", name="/part/[part]")
