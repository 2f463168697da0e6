"""A customer portal. Each user has its own account from a CSV file, logs in again after a 401."""

import csv
import itertools
import random

from locust import HttpUser, between, task
from locust.exception import RescheduleTask, StopUser

with open("accounts.csv", newline="") as file:
    accounts = itertools.cycle(list(csv.DictReader(file)))


class AccountUser(HttpUser):
    wait_time = between(0.05, 0.15)

    def on_start(self):
        self.account = next(accounts)

    def log_in(self):
        credentials = {"email": self.account["email"], "password": self.account["password"]}
        with self.client.post("/portal/login", data=credentials, catch_response=True) as response:
            if response.status_code == 403:
                response.failure(f"account {self.account['email']} is locked")
                raise StopUser()
        self.client.headers["X-Session"] = response.json()["session"]

    def request(self, method, path, **arguments):
        """Returns the response. If the session has ended, logs in and leaves the task."""
        if "X-Session" not in self.client.headers:
            self.log_in()
        with self.client.request(method, path, catch_response=True, **arguments) as response:
            if response.status_code == 401:
                response.success()
                self.log_in()
                raise RescheduleTask()
            return response

    @task(3)
    def balance(self):
        balance = self.request("GET", "/portal/balance").json()
        assert balance["currency"] == self.account["currency"], "the balance of another account"

    @task(2)
    def transfers(self):
        for page in range(int(self.account["pages"])):
            self.request(
                "GET",
                "/portal/transfers",
                params={"page": page},
                name="/portal/transfers?page=[page]",
            )

    @task
    def notices(self):
        self.request("GET", "/portal/notices")

    @task
    def statement(self):
        month = random.randint(1, 12)
        self.request(
            "GET", f"/portal/statements/2024-{month:02}.pdf", name="/portal/statements/[month].pdf"
        )

    @task
    def transfer(self):
        transfer = {"to": self.account["friend"], "amount": "10.00"}
        receipt = self.request(
            "POST", "/portal/transfers", json=transfer, name="/portal/transfers"
        ).json()
        assert receipt.get("to", "") == self.account["friend"], "wrong receipt"
