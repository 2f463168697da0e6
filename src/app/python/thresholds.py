# Thresholds: if one of them is met, the test has failed (exit code 3). They are checked by a master,
# or by locust without a master, but not by workers.

import collections
import difflib
import logging
import math
import operator
import re
import time

import gevent
import locust.runners
import locust.stats


class _NotSet(int):
    """The exit code of a master without --exit-code-on-error."""


_NOT_SET = _NotSet(0)


class _Measured:
    """The measurements of the requests to which a threshold applies."""

    def __init__(self):
        self.requests = self.failures = self.total_time = 0
        self.min_time, self.max_time = math.inf, 0
        self.times = collections.Counter()  # requests by their response time in milliseconds

    def add_report(self, entry, seconds):
        """Adds these seconds of a row of a worker's report. The report has the requests and failures of each
        second, but the response times of all its seconds together. A second gets its share of them."""
        requests = sum(entry["num_reqs_per_sec"].get(second, 0) for second in seconds)
        self.requests += requests
        self.failures += sum(entry["num_fail_per_sec"].get(second, 0) for second in seconds)
        if not requests or not entry["response_times"]:
            return
        share = requests / entry["num_requests"]
        self.total_time += share * entry["total_response_time"]
        self.min_time = min(self.min_time, entry["min_response_time"])
        self.max_time = max(self.max_time, entry["max_response_time"])
        for milliseconds, count in entry["response_times"].items():
            self.times[milliseconds] += share * count

    def add(self, other):
        self.requests += other.requests
        self.failures += other.failures
        self.total_time += other.total_time
        self.min_time = min(self.min_time, other.min_time)
        self.max_time = max(self.max_time, other.max_time)
        self.times.update(other.times)

    def percentile(self, part):
        timed = remaining = sum(self.times.values())
        for milliseconds in sorted(self.times, reverse=True):
            remaining -= self.times[milliseconds]
            if remaining <= timed * part:
                break
        return milliseconds


class _Threshold:
    """A condition under which the test has failed.

    each: the number of successive seconds that must each meet it. within: the number of successive seconds that
    must meet it together. Neither: the whole test must meet it. stop: the test ends as soon as it is met."""

    def __init__(self, text, metric, compare, limit, part=None, scope=None, each=0, within=0, stop=False):
        self.text, self.metric, self.compare, self.limit, self.part = text, metric, compare, limit, part
        self.scope, self.each, self.within, self.stop = scope, each, within, stop
        names = "*" if scope is None else scope
        self.names = re.compile(".*".join(map(re.escape, names.split("*"))), re.DOTALL)
        self.forget()

    def forget(self):
        self.all = _Measured()
        self.seconds = collections.defaultdict(_Measured)  # those that are not checked yet
        self.window = collections.deque(maxlen=self.within or None)  # the newest checked seconds
        self.checked = _Measured()  # all checked seconds
        self.successive = 0  # seconds in which the condition was met
        self.failed = None  # the value that failed, and after how many seconds

    def is_about(self, method, name):
        return bool(self.names.fullmatch(name) or self.names.fullmatch(f"{method} {name}"))

    def add_report(self, entry, seconds, unchecked):
        self.all.add_report(entry, seconds)
        if self.each or self.within or self.stop:
            for second in unchecked:
                self.seconds[second].add_report(entry, [second])

    def value(self, measured, seconds):
        """None: nothing was measured."""
        if self.metric == "count":
            return measured.requests
        if self.metric == "fails":
            return measured.failures
        if self.metric == "rps":
            return measured.requests / seconds if seconds > 0 else 0
        if self.metric == "fail%":
            return 100 * measured.failures / (measured.requests or measured.failures or 1)
        if not measured.times:
            return None
        if self.metric == "percentile":
            return measured.percentile(self.part)
        average = measured.total_time / sum(measured.times.values())
        return {"avg": average, "min": measured.min_time, "max": measured.max_time}[self.metric]

    def is_met(self, value):
        return value is not None and self.compare(value, self.limit)

    def check(self, second, is_whole, since_begin, since_warm_up):
        """Checks a second that all workers have reported."""
        measured = self.seconds.pop(second, _Measured())
        if self.each:
            value = self.value(measured, 1)
            self.successive = self.successive + 1 if is_whole and self.is_met(value) else 0
            failed = self.successive >= self.each
        elif self.within:
            if is_whole:
                self.window.append(measured)
            together = _Measured()
            for one in self.window:
                together.add(one)
            value = self.value(together, self.within)
            failed = len(self.window) == self.within and self.is_met(value)
        else:
            self.checked.add(measured)
            value = self.value(self.checked, since_warm_up)
            failed = self.stop and self.is_met(value)
        if failed and not self.failed:
            self.failed = value, since_begin

    def verdict(self, rows, seconds):
        """Returns whether it has failed, and the measured value as text."""
        has_requests = self.all.requests or self.all.failures
        value, after = self.failed or (self.value(self.all, seconds) if has_requests else None, None)
        text = "nothing measured" if value is None else self.value_text(value)
        if self.scope is not None and not any(self.is_about(method, name) for method, name in rows):
            names = [shown for method, name in sorted(rows) for shown in (name, f"{method} {name}")]
            hints = [f'; did you mean "{name}"?' for name in difflib.get_close_matches(self.scope, names, n=1)]
            return True, f"{text} (no request has this name{''.join(hints)})"
        if self.failed:
            return True, f"{text} (after {after:.0f} s)"
        if value is None:  # otherwise a test without any request would pass
            return True, text
        if self.each or self.within:
            return False, f"{text} (in the whole run)"
        return self.is_met(value), text

    def value_text(self, value):
        if self.metric in ("count", "fails"):
            return f"{value:.0f}"
        if self.metric in ("rps", "fail%"):
            return f"{value:.2f} {'/s' if self.metric == 'rps' else '%'}"
        return f"{value:.{2 if value < 10 else 0}f} ms"


class _Thresholds:
    """Checks the thresholds of a test, second by second."""

    def __init__(self, warm_up, thresholds):
        self.warm_up, self.thresholds = warm_up, thresholds
        self.began = None  # the times are Unix times
        self.rows = []
        locust.events.init_command_line_parser.add_listener(self.on_parser)
        locust.events.init.add_listener(self.on_init)
        # Locust calls these listeners in reverse order, so the runner's own, which waits for the last reports,
        # comes first.
        locust.events.quitting.add_listener(self.on_quitting)

    def on_parser(self, parser, **_kwargs):
        parser.set_defaults(exit_code_on_error=_NOT_SET)  # failed requests alone do not fail the test

    def on_init(self, environment, runner, **_kwargs):
        if not isinstance(runner, (locust.runners.MasterRunner, locust.runners.LocalRunner)):
            return
        self.environment, self.runner, events = environment, runner, locust.events
        events.test_start.add_listener(self.on_test_start)
        events.spawning_complete.add_listener(self.on_spawning_complete)
        # Locust 2.0 lacks the events test_stopping and quit.
        getattr(events, "test_stopping", events.test_stop).add_listener(self.on_test_stopping)
        if hasattr(events, "quit"):
            events.quit.add_listener(self.log_verdicts)
        if isinstance(runner, locust.runners.MasterRunner):
            events.worker_report.add_listener(self.on_worker_report)
            if any(threshold.stop for threshold in self.thresholds):
                # The spawn message has the options. cpp-workers then report every second instead of every 3 s.
                environment.parsed_options.cpp_worker_report_interval = 1
        else:
            self.own_stats = locust.stats.RequestStats(use_response_times_cache=False)
            events.request.add_listener(self.on_request)
            gevent.spawn(self.report_own_requests)

    def on_test_start(self, **_kwargs):
        if self.began:  # a web UI may run several tests
            self.judge()
            self.log_verdicts()
        self.began, self.ended, self.reported, self.is_late = time.time(), None, {}, False
        self.names = set()  # types and names of all requests
        self.next_second = int(self.began)
        if self.warm_up:  # a second counts if half of it is after the warm-up
            self.next_second = math.ceil(self.began + self.warm_up - 0.5)
        self.forget()

    def forget(self):
        self.first_second = self.next_second
        for threshold in self.thresholds:
            threshold.forget()

    def on_spawning_complete(self, **_kwargs):
        if self.environment.reset_stats:
            self.next_second = max(self.next_second, int(time.time()))
            self.forget()

    def on_worker_report(self, client_id, data, **_kwargs):
        """Python workers report every 3 s. A second is checked when all workers have reported it."""
        now = time.time()
        self.add_report(client_id, data["stats"], now)
        if not self.began:
            return
        workers = [worker.id for worker in self.runner.clients.values() if worker.state != "missing"]
        oldest = min((self.reported.get(worker, self.began) for worker in workers), default=now)
        self.check_until(max(oldest - 0.2, now - 10))  # a report takes a moment to arrive, and a worker may send none

    def on_request(self, request_type, name, response_time, response_length, exception=None, **_kwargs):
        self.own_stats.log_request(request_type, name, response_time, response_length)
        if exception:
            self.own_stats.log_error(request_type, name, exception)

    def report_own_requests(self):
        while True:
            gevent.sleep(1)
            self.add_report("", self.own_stats.serialize_stats(), time.time())
            if self.began:
                self.check_until(time.time())

    def add_report(self, worker, entries, now):
        if not self.began:
            return
        self.reported[worker] = now
        for entry in entries:
            self.names.add((entry["method"], entry["name"]))
            seconds = [second for second in entry["num_reqs_per_sec"] if second >= self.first_second]
            unchecked = [second for second in seconds if second >= self.next_second]
            if len(unchecked) < len(seconds) and not self.is_late:
                self.is_late = True
                text = "A report of worker %s is late: thresholds with for, within or stop do not count all of it"
                logging.warning(text, worker)
            for threshold in self.thresholds:
                if threshold.is_about(entry["method"], entry["name"]):
                    threshold.add_report(entry, seconds, unchecked)

    def check_until(self, until):
        until = min(until, self.ended or until)  # while the users stop, rates fall
        while self.next_second + 1 <= until:
            end = self.next_second + 1
            for threshold in self.thresholds:
                is_whole = self.next_second >= self.began
                threshold.check(self.next_second, is_whole, end - self.began, end - self.measured_since())
            self.next_second = end
        failed = [threshold for threshold in self.thresholds if threshold.stop and threshold.failed]
        if failed and not self.ended:
            self.ended = time.time()
            has_web_ui = self.environment.web_ui is not None
            what = "stopping the test" if has_web_ui else "shutting down"
            logging.info("Threshold failed: %s; %s", failed[0].text, what)
            gevent.spawn(self.runner.stop if has_web_ui else self.runner.quit)

    def measured_since(self):
        return max(self.began, self.first_second)

    def on_test_stopping(self, **_kwargs):
        self.ended = self.ended or time.time()

    def judge(self):
        self.ended = self.ended or time.time()
        if isinstance(self.runner, locust.runners.LocalRunner):
            self.add_report("", self.own_stats.serialize_stats(), self.ended)
        self.check_until(self.ended)
        seconds = self.ended - self.measured_since()
        self.rows = [(t.text, *t.verdict(self.names, seconds)) for t in self.thresholds]

    def on_quitting(self, environment, **_kwargs):
        if not self.began:
            return
        self.judge()
        if environment.process_exit_code is None and any(failed for _, failed, _ in self.rows):
            # Locust 2.0 prefers the exit code for failed requests.
            environment.process_exit_code = environment.parsed_options.exit_code_on_error = 3
        elif self.runner.exceptions and environment.parsed_options.exit_code_on_error is _NOT_SET:
            # An exception is a mistake in the test itself.
            environment.process_exit_code = environment.parsed_options.exit_code_on_error = 1
        if not hasattr(locust.events, "quit"):
            self.log_verdicts()

    def log_verdicts(self, **_kwargs):
        if not self.rows:
            return
        width = max(len(text) for text in ("Fail if", *(row[0] for row in self.rows)))
        separator = f"{'-' * 8}|{'-' * width}|{'-' * 20}"
        log = logging.getLogger("locust.stats_logger").info
        log("Thresholds")
        log(f"{'Verdict':8} {'Fail if':{width}} Measured")
        log(separator)
        for text, failed, measured in self.rows:
            log(f"{'FAILED' if failed else 'ok':8} {text:{width}} {measured}")
        log(separator)
        log("")
