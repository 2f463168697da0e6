import csv

from locust import HttpUser, between, task
from locust.exception import StopUser

with open("accounts.csv", newline="") as file:
    rows = list(csv.DictReader(file))

unused = None


def next_account(environment):
    """Each row goes to one user of one worker, once."""
    global unused
    if unused is None:
        workers = environment.parsed_options.expect_workers
        unused = iter(rows[environment.runner.worker_index :: workers])
    account = next(unused, None)
    if account is None:
        raise StopUser()
    return account


class AccountUser(HttpUser):
    wait_time = between(0.02, 0.06)

    @task
    def log_in(self):
        account = next_account(self.environment)
        self.client.post(
            f"/accounts/{account['user']}", name="/accounts/[user]", json={"password": account["password"]}
        )
