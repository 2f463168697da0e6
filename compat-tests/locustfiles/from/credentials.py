import csv
import io
import itertools
from dataclasses import dataclass

from locust import HttpUser, between, task
from locust.exception import RescheduleTask, StopUser

CREDENTIALS = """user,password
ann,a1
bob,b2
"""
rows = list(csv.DictReader(io.StringIO(CREDENTIALS)))
counter = itertools.count()


@dataclass
class Account:
    user: str
    password: str


def next_account():
    if not rows:
        return None
    return Account(**rows.pop())


class AccountUser(HttpUser):
    wait_time = between(3, 3)
    account: Account
    number = next(counter)
    logged_in = False

    def on_start(self):
        account = next_account()
        if account is None:
            raise StopUser()
        self.account = account
        self.login()

    def login(self):
        with self.client.post("/login", {"user": self.account.user, "pass": self.account.password}, catch_response=True) as r:
            if "Welcome" not in r.text:
                r.failure("login failed")
                raise RescheduleTask()
        self.logged_in = True

    @task
    def home(self):
        if not self.logged_in:
            self.login()
        self.client.get("/home")

    @task
    def give_up(self):
        raise StopUser()
