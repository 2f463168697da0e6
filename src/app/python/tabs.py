# Tabs of the web UI with data of the cpp-workers: the health of the load generator, samples of failed requests, and
# the phases of requests.
# The master requests the data with an option in each spawn message. Each report of a worker then contains new data.
# Without a web UI, or if Locust's web UI does not support extra tabs, no tabs are added.

import json
import time

import flask
import locust
import locust.runners


class _Tabs:
    """The data of the tabs. It has a bounded size."""

    MOST_SAMPLES = 100
    SAMPLES_PER_FAILURE = 3  # the first and the newest ones
    MOST_NAMES = 100  # of each worker, whose phases are shown
    MOST_WORKERS = 1000  # whose phases are kept: also of workers that have left

    TABS = [
        {"key": "cpp-worker-generator", "title": "Generator"},
        {"key": "cpp-worker-samples", "title": "Failure samples"},
        {"key": "cpp-worker-phases", "title": "Phases"},
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
            ("curl", "Command that repeats it"),
            ("worker", "Worker"),
        ],
        "cpp-worker-phases": [
            ("method", "Type"),
            ("name", "Name"),
            ("phase", "Phase (ms)"),
            ("requests", "# reqs"),
            ("average", "Average"),
            ("median", "Median"),
            ("p95", "95%"),
            ("p99", "99%"),
            ("max", "Max"),
            ("connections", "New connections"),
        ],
    }

    def __init__(self):
        self.generators = {}  # by worker
        self.samples = {}  # lists by failure: type, name and text
        self.phases = {}  # by worker: entries by type and name
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
        self.phases.clear()

    def on_worker_report(self, client_id, data, **_kwargs):
        news = data.get("cpp_worker")
        if not isinstance(news, dict):  # a Python worker, or a cpp-worker that has nothing
            return
        self.generators[client_id] = news.get("generator", {})
        for sample in news.get("samples", ()):
            self.add_sample({**sample, "worker": client_id})
        entries = self.phases.setdefault(client_id, {})
        if len(self.phases) > self.MOST_WORKERS:
            del self.phases[next(iter(self.phases))]
        for entry in news.get("phases", ()):
            name = entry["method"], entry["name"]
            if name in entries or len(entries) < self.MOST_NAMES:
                entries[name] = entry

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
        rows = {
            "cpp-worker-generator": self.generator_rows(),
            "cpp-worker-samples": self.sample_rows(),
            "cpp-worker-phases": self.phase_rows(),
        }
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

    def phase_rows(self):
        """A row is about all workers. Its percentiles are the highest ones of the workers."""
        rows = {}
        for entries in self.phases.values():
            for (method, name), entry in entries.items():
                for phase, one in entry["phases"].items():
                    row = rows.setdefault((method, name, phase), {"requests": 0, "total": 0, "connections": 0})
                    row["requests"] += one["requests"]
                    row["total"] += one["requests"] * one["average"]
                    row["connections"] += entry["connections"]
                    for figure in ("median", "p95", "p99", "max"):
                        row[figure] = max(row.get(figure, 0), one[figure])
        for row in rows.values():
            row["average"] = round(row.pop("total") / row["requests"], 3)
        return [
            {"method": method, "name": name, "phase": phase, **row} for (method, name, phase), row in rows.items()
        ]


_tabs = _Tabs()
