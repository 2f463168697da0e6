import logging

import gevent
from locust import HttpUser, events, task
from locust.runners import STATE_CLEANUP, STATE_STOPPED, STATE_STOPPING, WorkerRunner

log = logging.getLogger(__name__)
results = {"slow": 0}


def checker(environment):
    while environment.runner.state not in [STATE_STOPPING, STATE_STOPPED, STATE_CLEANUP]:
        gevent.sleep(1)
        if environment.runner.stats.total.fail_ratio > 0.2:
            environment.runner.quit()
            return


@events.init.add_listener
def on_locust_init(environment, **_kwargs):
    if not isinstance(environment.runner, WorkerRunner):
        gevent.spawn(checker, environment)


@events.init.add_listener
def _(environment, **kwargs):
    if environment.web_ui:

        @environment.web_ui.app.route("/added_page")
        def added_page():
            return "Another page"


@events.request.add_listener
def count_slow(request_type, name, response_time, response_length, exception=None, **kwargs):
    if exception:
        log.warning("%s %s failed: %s", request_type, name, exception)
    elif response_time > 1000:
        results["slow"] += 1


def on_report(client_id, data):
    """Sends the counter along with each report."""
    data["slow"] = results.pop("slow", 0)


def on_worker_report(client_id, data):
    log.info(data)


events.report_to_master.add_listener(on_report)
events.worker_report.add_listener(on_worker_report)


@events.quitting.add_listener
def _(environment, **kw):
    if environment.stats.total.fail_ratio > 0.01:
        logging.error("Test failed due to failure ratio > 1%")
        environment.process_exit_code = 1


class PlainUser(HttpUser):
    @task
    def root(self):
        self.client.get("/")
