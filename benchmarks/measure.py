"""Interleaved rounds of wrk, cpp-worker's HttpUser and Locust's HttpUser against one cheap server.

Started by benchmarks/run with the Python of build/venv, whose `locust` is the reference and the master.
"""

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKER = ROOT / "build/release/cpp-worker"
LOCUST = ROOT / "build/venv/bin/locust"
USERS = ROOT / "benchmarks/users"
QUICKSTART = ROOT / "examples/quickstart/locustfile.cpp"
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 60
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, GENERATOR_CPU = str(CPUS[0]), str(CPUS[-1])


@contextmanager
def process(*command, cpu=None, env=None, **kwargs):
    """A process that ends with the block, pinned to a CPU."""
    pinned = ["taskset", "-c", cpu] if cpu else []
    child = subprocess.Popen(
        [*pinned, *map(str, command)], env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, **kwargs
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / TICK, int(fields[12]) / TICK


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])


def served(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/served") as response:
        return int(response.read())


def window(pid, port, seconds):
    """CPU µs per request (user, system) and requests per second over a window of a running generator."""
    user0, system0 = cpu_seconds(pid)
    requests0, began = served(port), time.monotonic()
    time.sleep(seconds)
    user1, system1 = cpu_seconds(pid)
    requests, elapsed = served(port) - requests0, time.monotonic() - began
    if requests == 0:
        raise SystemExit("the generator sent nothing")
    return {
        "user": (user1 - user0) * 1e6 / requests,
        "system": (system1 - system0) * 1e6 / requests,
        "total": (user1 + system1 - user0 - system0) * 1e6 / requests,
        "rps": requests / elapsed,
    }


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"gave up waiting until {what}")
        time.sleep(0.05)


def measure_wrk(users, port, seconds):
    command = ["wrk", "-t1", f"-c{users}", f"-d{seconds + 3}s", f"http://127.0.0.1:{port}/fixed"]
    with process(*command, cpu=GENERATOR_CPU, stdout=subprocess.DEVNULL) as wrk:
        time.sleep(1.5)
        return window(wrk.pid, port, seconds)


@contextmanager
def cluster(worker_command, users, port, log, env=None):
    """A stock headless master with one worker; yields the worker once all users are spawned."""
    master_port = free_port()
    master_log = log.with_suffix(".master.log")
    master = [
        LOCUST, "-f", USERS / "busy.py", "--master", "--headless", "--expect-workers=1", "--only-summary",
        "-u", users, "-r", users, "--master-bind-host=127.0.0.1", f"--master-bind-port={master_port}",
        "-H", f"http://127.0.0.1:{port}",
    ]  # fmt: skip
    worker = [*worker_command, "--master-host=127.0.0.1", f"--master-port={master_port}"]
    with (
        open(master_log, "w") as master_out,
        open(log, "w") as worker_out,
        process(*master, cpu=SERVER_CPU, stdout=master_out, stderr=master_out),
        process(*worker, cpu=GENERATOR_CPU, env=env, stdout=worker_out, stderr=worker_out) as child,
    ):
        wait_until(lambda: "All users spawned" in master_log.read_text(), f"users are spawned ({log})")
        yield child


CPP = [WORKER, "-f", USERS / "busy.cpp", "--threads=1"]
PYTHON = [LOCUST, "-f", USERS / "busy.py", "--worker"]


def measure_worker(command, users, port, seconds, log):
    with cluster(command, users, port, log) as worker:
        time.sleep(1.5)
        return window(worker.pid, port, seconds)


def memory_per_user(command, users, port, log):
    """KiB of resident memory that `users` connected users add to a worker with one."""
    sizes = []
    for count in (1, users):
        with cluster(command, count, port, log) as worker:
            time.sleep(3)
            sizes.append(resident_kib(worker.pid))
    return (sizes[1] - sizes[0]) / (users - 1)


def seconds_to_connected(cache):
    """From the command line to the log line that says Connected."""
    port = free_port()
    command = [LOCUST, "-f", ROOT / "examples/quickstart/locustfile.py", "--master", "--web-port", free_port(),
               "--master-bind-host=127.0.0.1", f"--master-bind-port={port}", "--web-host=127.0.0.1"]  # fmt: skip
    with process(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        def listening():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(listening, "the master listens")
        times = []
        for _ in range(2):  # cold, then cached
            began = time.monotonic()
            worker = process(WORKER, "-f", QUICKSTART, "--master-host=127.0.0.1", f"--master-port={port}",
                             env={"CPPWORKER_CACHE_DIR": str(cache)}, stderr=subprocess.PIPE, text=True)  # fmt: skip
            with worker as child:
                for line in child.stderr:
                    if "Connected to the master" in line:
                        break
                else:
                    raise SystemExit("the worker never connected")
                times.append(time.monotonic() - began)
        return times


def spread(values):
    return f"{min(values):.2f} / {statistics.median(values):.2f} / {max(values):.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="length of a measured window")
    parser.add_argument("--users", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--python-users", type=int, default=100, help="users of the stock Locust rows")
    options = parser.parse_args()
    logs = ROOT / "build/benchmarks"

    with process(logs / "fixed_answer_server", cpu=SERVER_CPU, stdout=subprocess.PIPE, text=True) as server:
        port = int(server.stdout.readline())
        print("CPU time per request in µs and its ratio to wrk's in the same round (below 1: cheaper), min / median / max\n")
        print(f"{'users':>6} {'generator':<22} {'µs/request':>24} {'of it user':>11} {'÷ wrk':>22} {'requests/s':>11}")
        for users in options.users:
            rows = {}
            for _ in range(options.rounds):
                wrk = measure_wrk(users, port, options.seconds)
                results = {"wrk": wrk, "cpp-worker HttpUser": measure_worker(CPP, users, port, options.seconds, logs / "cpp.log")}
                if users == options.python_users:
                    results["Locust HttpUser"] = measure_worker(PYTHON, users, port, options.seconds, logs / "python.log")
                for name, result in results.items():
                    rows.setdefault(name, []).append((result, result["total"] / wrk["total"]))
            for name, row in rows.items():
                print(
                    f"{users:>6} {name:<22} {spread([r['total'] for r, _ in row]):>24} "
                    f"{statistics.median(r['user'] for r, _ in row):>11.2f} {spread([ratio for _, ratio in row]):>22} "
                    f"{statistics.median(r['rps'] for r, _ in row):>11.0f}",
                    flush=True,
                )
        print("\nResident memory per connected user, KiB (http)")
        print(f"  cpp-worker HttpUser, 1000 users  {memory_per_user(CPP, 1000, port, logs / 'cpp.log'):.1f}")
        print(f"  Locust HttpUser,      200 users  {memory_per_user(PYTHON, 200, port, logs / 'python.log'):.1f}", flush=True)

    print("\nFrom the command line to 'Connected to the master', seconds (best of three)")
    times = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as cache:
            times.append(seconds_to_connected(Path(cache) / "cache"))
    print(f"  cold (compiles)  {min(t[0] for t in times):.2f}\n  from the cache   {min(t[1] for t in times):.2f}")


if __name__ == "__main__":
    sys.exit(main())
