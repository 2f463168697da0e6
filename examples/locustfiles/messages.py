from locust import User, constant, events, task
from locust.runners import MasterRunner, WorkerRunner


def setup_accounts(environment, msg, **kwargs):
    """The master has sent a list of accounts: replies with their number."""
    environment.runner.send_message("acknowledge_accounts", f"Thanks for the {len(msg.data)} accounts!")


def on_acknowledge(msg, **kwargs):
    print(msg.data)


@events.init.add_listener
def on_init(environment, **kwargs):
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message("accounts", setup_accounts)
    if isinstance(environment.runner, MasterRunner):
        environment.runner.register_message("acknowledge_accounts", on_acknowledge)


@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    if isinstance(environment.runner, MasterRunner):
        accounts = [{"name": f"account{number}"} for number in range(20)]
        for worker in environment.runner.clients:
            environment.runner.send_message("accounts", accounts, worker)


class QuietUser(User):
    wait_time = constant(1)

    @task
    def nothing(self):
        pass
