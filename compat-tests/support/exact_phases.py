"""Requests whose delays the server measures itself, compared with the phases that cpp-worker recorded for them.

    python -m support.exact_phases SCENE USER_CLASS ENGINE COUNT [CPU CPU]

plays one scene in namespaces of its own (see name_server.py) and prints for each request the phases and the server's record, as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .misbehaving_server import make_certificate
from .name_server import replace
from .processes import Process
from .settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, REPOSITORY
from .workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "exact_phases.cpp"
PROGRAM = REPOSITORY / "build" / "exact_server"
SOURCE = Path(__file__).with_suffix("").with_name("exact_server.cpp")
SEND_BUFFER = 16384
"""Bytes. Small, so that `send` ends when the server has read almost all of the body."""
SCENES = {"kept": [], "tls": [], "upload": ["--body-bytes", "400000"], "lookup": []}
"""The locustfile's options."""
PATIENCE = 120.0


@dataclass
class Exchange:
    """One request. Times are in milliseconds."""

    phases: dict[str, float]
    """As cpp-worker recorded them."""
    response_time: float
    server: dict[str, float]
    """The server's own record: see exact_server.cpp; with `lookup`."""


def build() -> None:
    """The server."""
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < SOURCE.stat().st_mtime:
        PROGRAM.parent.mkdir(exist_ok=True)
        partial = PROGRAM.with_suffix(f".{os.getpid()}")
        flags = ["-std=c++20", "-O2", "-pthread", "-o", partial, SOURCE, "-lssl", "-lcrypto"]
        subprocess.run([os.environ.get("CXX", "g++"), *flags], check=True)
        partial.rename(PROGRAM)


def play(scene: str, client: tuple[str, str], count: int, *, cpus: tuple = ()) -> list[Exchange]:
    """Makes `count` requests, one after the other.

    @param client User class and engine.
    @param cpus Those of the server and of cpp-worker. With them, both have a real-time priority, so that other programs do not
        disturb them, and the server does not sleep.
    """
    build()
    compile_once(LOCUSTFILE)
    done = subprocess.run(
        [
            *("unshare", "--mount", "--net", sys.executable, "-m", __name__, scene, *client, str(count), *map(str, cpus)),
        ],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=PATIENCE + 30,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [Exchange(**one) for one in json.loads(done.stdout.splitlines()[-1])]


def _exchanges(report: dict, records: list[str]) -> list[dict]:
    servers: dict[str, dict[str, float]] = {}
    lookups: dict[str, float] = {}
    for kind, name, *values in (line.split() for line in records):
        if kind == "lookup":
            lookups[name] = float(values[0]) / 1000
        else:
            servers[name] = {key: float(us) / 1000 for key, us in (value.split("=") for value in values)}
    times = {entry["name"]: entry["average_ms"] for entry in report["entries"]}
    assert all(entry["requests"] == 1 and entry["failures"] == 0 for entry in report["entries"]), report["failures"]
    found = []
    for row in sorted(report["phases"]["entries"], key=lambda row: int(row["name"].rpartition("-")[2])):
        name = row["name"]
        scene, _, number = name.rpartition("-")
        server = servers[name] | ({"lookup": lookups[f"h{number}.test"]} if scene == "lookup" else {})
        phases = {
            phase: row[phase]["average_ms"] for phase in ("dns", "connect", "tls", "send", "wait", "receive") if row[phase]
        }
        found.append({"phases": phases, "response_time": times[name], "server": server})
    return found


def _play_here(scene: str, user_class: str, engine: str, count: str, *cpus: str) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    Path("/proc/sys/net/ipv4/tcp_wmem").write_text(f"4096 {SEND_BUFFER} {SEND_BUFFER}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = ["--awake"] if cpus else []
        if scene == "tls":
            make_certificate(folder / "certificate", folder / "key", "localhost")
            options += ["--tls", folder / "certificate", folder / "key", "4000"]
        if scene == "lookup":
            replace("/etc/resolv.conf", f"nameserver {LOOPBACK}\noptions timeout:2 attempts:1\n")
            replace("/etc/nsswitch.conf", "hosts: files dns\npasswd: files\ngroup: files\n")
            options += ["--dns", "3000"]
        on_server_cpu, on_worker_cpu = (("chrt", "--rr", "1", "taskset", "-c", cpu) for cpu in cpus) if cpus else ((), ())
        server = Process("exact server", [*on_server_cpu, PROGRAM, *options])
        port = server.expect(r"^\d+$")[0]
        worker = run_binary(
            "-f", LOCUSTFILE, "--headless", "--threads=1", "-u", "1", "-i", count, "--scene", scene, *SCENES[scene],
            "--host", f"{'https' if scene == 'tls' else 'http'}://{LOOPBACK}:{port}", "--phases", "--out", folder / "run.cwr",
            "--report", folder / "run.json", user_class,
            env={"CPPWORKER_HTTP_ENGINE": engine}, prefix=on_worker_cpu,
        )  # fmt: skip
        try:
            assert worker.wait(COMPILE_PATIENCE) == 0, worker.output
            report = json.loads((folder / "run.json").read_text())
            for name in (entry["name"] for entry in report["entries"]):
                server.expect(rf"^request {name} ")
        finally:
            worker.stop()
            server.stop()
        print(json.dumps(_exchanges(report, server.output.splitlines()[1:])))


if __name__ == "__main__":
    _play_here(*sys.argv[1:])
