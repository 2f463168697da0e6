"""What the benchmarks need of the machine: CPUs, processes, their CPU time and memory."""

import os
import re
import resource
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/benchmarks"
VENV = Path(os.environ.get("CPPWORKER_VENV", ROOT / "build/venv"))
TICK = os.sysconf("SC_CLK_TCK")
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, GENERATOR_CPU = CPUS[0], CPUS[-1]
PATIENCE_S = 60


class Failed(Exception):
    """A row that could not be measured; the text says why."""


def raise_open_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def process(*command, cpus=None, env=None, **kwargs):
    """A process that ends with the block, pinned to CPUs."""
    pinned = ["taskset", "-c", ",".join(map(str, cpus))] if cpus else []
    child = subprocess.Popen(
        [*pinned, *map(str, command)], env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, **kwargs
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def cpu_seconds(*pids):
    """User and system time of processes so far."""
    user, system = 0, 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            raise Failed("the generator ended early") from None
        user, system = user + int(fields[11]), system + int(fields[12])
    return user / TICK, system / TICK


def pin_threads(pid, name, cpus):
    """Thread `name`-0 to the first CPU and so on; False: they don't all exist yet."""
    found = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            word, _, number = (task / "comm").read_text().strip().partition("-")
        except OSError:
            continue  # it has just ended
        if word == name:
            os.sched_setaffinity(int(task.name), {cpus[int(number)]})
            found += 1
    return found == len(cpus)


def resident_kib(pid):
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if not match:
        raise Failed("the generator ended early")
    return int(match[1])


def wait_until(condition, what, patience=PATIENCE_S):
    """Returns how long it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() > began + patience:
            raise Failed(f"gave up waiting until {what}")
        time.sleep(0.02)
    return time.monotonic() - began


def description():
    """One line about the machine and what is measured, for the head of a report."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1])
    return (
        f"{time.strftime('%Y-%m-%d')}, {len(CPUS)} CPUs ({cpu[1] if cpu else 'unknown'}), {memory >> 20} GiB, "
        f"Linux {os.uname().release}, libcurl {_output('curl-config', '--version').split()[-1]}, "
        f"{_output(VENV / 'bin/locust', '--version').partition(' from')[0]}, "
        f"revision {_output('git', '-C', ROOT, 'rev-parse', '--short', 'HEAD')}"
    )


def _output(*command):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"
