"""A second locustfile for a run without a master: ends the run after ITERATIONS tasks of all users together, as cpp-worker's
`-i` does. The log lines are those of locust-plugins."""

import inspect
import logging
import os

import gevent

from locust import TaskSet, events
from locust.exception import StopUser
from locust.user.users import DefaultTaskSet

ITERATIONS = int(os.environ["ITERATIONS"])


@events.init.add_listener
def on_init(environment, runner, **_):
    left = ITERATIONS

    def limited(execute_task):
        def limited_execute_task(self, task):
            nonlocal left
            if inspect.isclass(task) and issubclass(task, TaskSet):
                return execute_task(self, task)  # its own tasks count
            if left == 0:
                raise StopUser()
            left -= 1
            if left == 0:
                logging.info(
                    f"Iteration limit reached ({ITERATIONS}), stopping Users at the start of their next task run"
                )
                gevent.spawn(quit_when_ended)
            execute_task(self, task)

        return limited_execute_task

    def quit_when_ended():
        environment.stop_timeout = 3600
        runner.stop()
        logging.info("Last user stopped, quitting runner")
        runner.quit()

    for task_set in (TaskSet, DefaultTaskSet):
        task_set.execute_task = limited(task_set.execute_task)
