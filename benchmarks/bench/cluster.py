"""Workers under a stock headless master with full statistics: ours, Locust's own, boomer; and ours in a run without a master."""

import csv
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

from .generator import Generator
from .machine import BUILD, ROOT, SERVER_CPU, VENV, Failed, free_port, pin_threads, process, wait_until

LOCUST = VENV / "bin/locust"
WORKER = ROOT / "build/release/cpp-worker"
USERS = ROOT / "benchmarks/users"


class ClusterGenerator(Generator):
    flavour = "Http"  # the users' classes end with it

    def worker(self, load):
        """The command line without the master's address."""
        raise NotImplementedError

    def master_file(self):
        return USERS / "users.py"

    def master_mode(self):
        return ["--headless"]

    @contextmanager
    def running(self, load, spawned=True):
        port = free_port()
        log = BUILD / f"{type(self).__name__}.log"
        master_log = log.with_suffix(".master.log")
        self._master_log, self._csv = master_log, BUILD / type(self).__name__
        self._heartbeats = log.with_suffix(".heartbeats")
        for file in (Path(f"{self._csv}_stats.csv"), self._heartbeats):
            file.unlink(missing_ok=True)
        env = {"BENCH_PATH": load.path, **load.env}
        master = [
            LOCUST, "-f", self.master_file(), "--master", *self.master_mode(), "--expect-workers=1", "--only-summary",
            "-u", load.users, "-r", load.users, "--stop-timeout=5", "--master-bind-host=127.0.0.1", f"--master-bind-port={port}",
            f"--csv={self._csv}", "-H", load.host, self.user_class(load),
        ]  # fmt: skip
        worker = [*self.worker(load), "--master-host=127.0.0.1", f"--master-port={port}"]
        with (
            open(master_log, "w") as master_out,
            open(log, "w") as worker_out,
            process(*master, cpus=[SERVER_CPU], env={**env, "BENCH_HEARTBEATS": str(self._heartbeats)},
                    stdout=master_out, stderr=master_out) as self.master,
            process(*worker, cpus=load.cpus, env=env, stdout=worker_out, stderr=worker_out) as child,
        ):
            def check_runs():
                if child.poll() is not None:
                    raise Failed(f"the worker ended: {last_line(log)}")

            def pinned():
                check_runs()
                return pin_threads(child.pid, "shard", load.cpus)

            def ready():
                check_runs()
                return f"({load.users} total users)" in master_log.read_text()

            if load.threads > 1:
                wait_until(pinned, "its threads run")  # before they open connections
            if spawned:
                wait_until(ready, "all users are spawned")
            child.log, child.is_spawned = log, ready
            yield child

    def wait_for_ramp(self):
        """Until the master decides to spawn the users."""
        wait_until(lambda: "Sending spawn jobs" in self._master_log.read_text(), "the master spawns users")

    def heartbeat_gaps(self, since=0.0):
        """Seconds between the worker's heartbeats as the master receives them, from a Unix time on."""
        times = [float(line) for line in self._heartbeats.read_text().splitlines()]
        return [later - earlier for earlier, later in zip(times, times[1:]) if earlier >= since]

    def counted(self):
        """The requests that the master has counted, as of its last table: some seconds old while it runs."""
        rows = csv.DictReader(Path(f"{self._csv}_stats.csv").open())
        return next((int(row["Request Count"]) for row in rows if row["Name"] == "Aggregated"), 0)

    def counted_in_all(self):
        """The requests that a master which has ended sums up."""
        matches = re.findall(r"^ +Aggregated +(\d+) ", self._master_log.read_text(), re.MULTILINE)
        if not matches:
            raise Failed("the master printed no table")
        return int(matches[0])

    def user_class(self, load):
        return load.kind + self.flavour if load.kind != "Waiting" else load.kind


def last_line(log):
    lines = [line for line in log.read_text().splitlines() if line.strip()]
    return re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]) if lines else "(it said nothing)"


class CppWorker(ClusterGenerator):
    def __init__(self, user, locustfile, flavour, *options):
        self.name, self.flavour = f"cpp-worker {user}", flavour
        self._locustfile, self._user, self._options = USERS / locustfile, user, options

    def with_options(self, kind, *options):
        """The same user in a worker of this class with further options."""
        return kind(self._user, self._locustfile, self.flavour, *options)

    def unavailable(self):
        if not WORKER.exists():
            return "build/release/cpp-worker is missing: scripts/demo builds it"
        return None

    def worker(self, load):
        file = USERS / "waiting_users.cpp" if load.kind == "Waiting" else self._locustfile
        return [WORKER, "-f", file, f"--threads={load.threads}", *self._options]


class WithTabs(CppWorker):
    """Under a master whose web UI has the tabs of the printed locustfile."""

    def master_file(self):
        file = BUILD / "printed_locustfile.py"
        printed = subprocess.run([WORKER, "-f", self._locustfile, "--print-locustfile"], check=True, capture_output=True, text=True)
        file.write_text(printed.stdout)
        return file

    def master_mode(self):
        return ["--autostart", "--web-host=127.0.0.1", f"--web-port={free_port()}"]

    def heartbeat_gaps(self, since=0.0):
        return []  # the printed locustfile does not note heartbeats


class StandaloneRun(Generator):
    """A worker's locustfile in a run without a master, with further options."""

    def __init__(self, worker, *options):
        self.name, self._worker, self._options = f"{worker.name} without a master", worker, options

    @contextmanager
    def running(self, load, spawned=True):
        log = BUILD / "StandaloneRun.log"
        command = [
            *self._worker.worker(load), "--headless", "--only-summary", "-u", load.users, "-r", load.users, "-s", 5,
            "-H", load.host, *self._options, self._worker.user_class(load),
        ]  # fmt: skip
        env = {"BENCH_PATH": load.path, **load.env}
        with open(log, "w") as out, process(*command, cpus=load.cpus, env=env, stdout=out, stderr=out) as child:

            def ready():
                if child.poll() is not None:
                    raise Failed(f"the run ended: {last_line(log)}")
                return "All users spawned" in log.read_text()

            if spawned:
                wait_until(ready, "all users are spawned")
            child.is_spawned = ready
            self._log = log
            yield child

    def wait_for_ramp(self):
        """Until the run spawns its users."""
        wait_until(lambda: "Ramping to" in self._log.read_text(), "the run spawns users")


class LocustWorker(ClusterGenerator):
    def __init__(self, user, flavour):
        self.name, self.flavour = f"Locust {user}", flavour

    def unavailable(self):
        return None if LOCUST.exists() else "no Locust in build/venv: scripts/setup installs it"

    def worker(self, load):
        return [LOCUST, "-f", USERS / "users.py", "--worker", self.user_class(load)]


HTTP = CppWorker("HttpUser", "http_users.cpp", "Http")
FAST = CppWorker("FastHttpUser", "fast_users.cpp", "Fast")
LOCUST_HTTP = LocustWorker("HttpUser", "Http")
LOCUST_FAST = LocustWorker("FastHttpUser", "Fast")
OWN = [FAST, HTTP] if (ROOT / "include/cppworker/fast_http_user.hpp").exists() else [HTTP]
