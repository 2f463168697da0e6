"""What the master needs of locustfile.cpp: `cpp-worker -f libpostgres-users.so --print-locustfile`."""

from locust import User, between, task


class BlockingUser(User):
    wait_time = between(0.01, 0.05)

    @task
    def insert(self):
        raise NotImplementedError("these users run in cpp-worker only")


class AsyncUser(User):
    wait_time = between(0.01, 0.05)

    @task(5)
    def insert(self):
        raise NotImplementedError("these users run in cpp-worker only")

    @task
    def mistake(self):
        raise NotImplementedError("these users run in cpp-worker only")
