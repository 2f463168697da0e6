# Tabs of the web UI with data of the cpp-workers: the health of the load generator, and samples of failed requests.
# The master asks for the data with an option that it sends with each spawn; each report of a worker brings news.
# Without a web UI, and in a Locust whose web UI has no extra tabs, there are none.

import json
import time

import flask
import locust
import locust.runners


class _Tabs:
    """The data of the tabs. It has a bounded size."""

    MOST_SAMPLES = 100
    SAMPLES_PER_FAILURE = 3  # the first and the newest ones

    TABS = [
        {"key": "cpp-worker-generator", "title": "Generator"},
        {"key": "cpp-worker-samples", "title": "Failure samples"},
    ]
    COLUMNS = {
        "cpp-worker-generator": [
            ("worker", "Worker"),
            ("verdict", "Verdict on the test so far"),
            ("threads", "Threads"),
            ("cpu", "CPU of the busiest thread (%)"),
            ("cpumax", "Highest CPU (%)"),
            ("lag", "Lag p99 (ms)"),
            ("lagmax", "Highest lag (ms)"),
            ("late", "Late (%)"),
            ("latetest", "Late in the test (%)"),
        ],
        "cpp-worker-samples": [
            ("method", "Method"),
            ("name", "Name"),
            ("error", "Error"),
            ("status", "Status"),
            ("response", "Response"),
            ("request", "Request"),
            ("time", "Time"),
            ("duration", "Response time (ms)"),
            ("user", "User and task"),
            ("worker", "Worker"),
            ("curl", "Command that repeats it"),
        ],
    }

    def __init__(self):
        self.generators = {}  # by worker
        self.samples = {}  # lists by failure: type, name and text
        locust.events.init.add_listener(self.on_init)

    def on_init(self, environment, runner, **_kwargs):
        web_ui = environment.web_ui
        if not isinstance(runner, locust.runners.MasterRunner) or not web_ui:
            return
        tables = [
            {"key": key, "structure": [{"key": column, "title": title} for column, title in columns]}
            for key, columns in self.COLUMNS.items()
        ]
        for name, own in (("extended_tabs", self.TABS), ("extended_tables", tables)):
            web_ui.template_args[name] = [*web_ui.template_args.get(name, []), *own]
        web_ui.update_template_args()
        if "extended_tabs" not in web_ui.template_args:  # an old Locust keeps only its own arguments
            return
        self.runner = runner
        web_ui.app.after_request(self.add_rows)
        environment.parsed_options.cpp_worker_tabs = True  # asks the workers for the data
        locust.events.worker_report.add_listener(self.on_worker_report)
        locust.events.test_start.add_listener(self.forget)
        locust.events.reset_stats.add_listener(self.forget)

    def forget(self, **_kwargs):
        self.generators.clear()
        self.samples.clear()

    def on_worker_report(self, client_id, data, **_kwargs):
        news = data.get("cpp_worker")
        if not isinstance(news, dict):  # a Python worker, or a cpp-worker that has nothing
            return
        self.generators[client_id] = news["generator"]
        for sample in news["samples"]:
            self.add_sample({**sample, "worker": client_id})

    def add_sample(self, sample):
        failure = sample["method"], sample["name"], sample["error"]
        known = self.samples.get(failure, [])
        if len(known) == self.SAMPLES_PER_FAILURE:
            del known[1]
        elif sum(map(len, self.samples.values())) >= self.MOST_SAMPLES:
            return
        self.samples[failure] = [*known, sample]

    def add_rows(self, response):
        """The web UI asks for the statistics every 2 s."""
        if not flask.request.path.endswith("/stats/requests") or not response.is_json:
            return response
        stats = json.loads(response.get_data())
        rows = {"cpp-worker-generator": self.generator_rows(), "cpp-worker-samples": self.sample_rows()}
        others = [one for one in stats.get("extended_stats", []) if one["key"] not in rows]
        own = [{"key": key, "data": data} for key, data in rows.items()]
        response.set_data(json.dumps({**stats, "extended_stats": [*others, *own]}))
        return response

    def generator_rows(self):
        workers = {worker.id for worker in self.runner.clients.values() if worker.state != "missing"}
        self.generators = {worker: row for worker, row in self.generators.items() if worker in workers}
        return [{"worker": worker, **row} for worker, row in sorted(self.generators.items())]

    def sample_rows(self):
        return [
            {**sample, "time": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(sample["time"]))}
            for samples in self.samples.values()
            for sample in samples
        ]


_tabs = _Tabs()
