"""How the workers and masters under test are started."""

from __future__ import annotations

import os
from pathlib import Path

from . import settings
from .processes import Process
from .settings import BINARY, LOCUSTFILES, LOOPBACK, VENV

SELF_CHECK = bool(os.environ.get("CPPWORKER_SELF_CHECK"))
"""A second Python worker takes cpp-worker's place, to show that the tests compare without noise."""


PATIENT_MASTER = {"LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP": "20"}
"""Instead of one second: whether a busy machine answers in time is not what the tests are about."""


def stock_worker(
    port: int, locustfile: str = "compat", *, venv: Path = VENV, options=(), env=None
) -> Process:
    """A Python worker of the Locust in `venv`, on the Python twin of a locustfile."""
    return Process(
        "stock worker",
        [
            venv / "bin" / "locust",
            "-f",
            f"{locustfile}.py",
            "--worker",
            "--master-host",
            LOOPBACK,
            "--master-port",
            port,
            *options,
        ],
        cwd=LOCUSTFILES,
        env=env,
    )


def cpp_worker(port: int, locustfile: str | Path = "compat", *, options=(), env=None) -> Process:
    """cpp-worker on two threads. With CPPWORKER_SELF_CHECK=1 a second Python worker takes its place.

    @param locustfile Name of a pair of twins, or the path of a file to give to -f as it is.
    """
    if SELF_CHECK:
        return stock_worker(port, str(locustfile), env=env)
    path = locustfile if isinstance(locustfile, Path) else f"{locustfile}.cpp"
    return run_binary(
        "-f", path, f"--master-host={LOOPBACK}", f"--master-port={port}", "--threads=2", *options, env=env
    )


def run_binary(*arguments, env=None) -> Process:
    """cpp-worker with just these arguments; what it compiles is kept for the next test."""
    cache = {"CPPWORKER_CACHE_DIR": str(settings.REPOSITORY / "build" / "compat-cache")}
    return Process("cpp-worker", [BINARY, *arguments], cwd=LOCUSTFILES, env=cache | (env or {}))


def stock_master(
    port: int, locustfile: str | Path, *, venv: Path = VENV, options=(), env=None, cwd: Path = LOCUSTFILES
) -> Process:
    """A master of the Locust in `venv`, bound to the loopback interface."""
    path = LOCUSTFILES / f"{locustfile}.py"
    return Process(
        "stock master",
        [
            venv / "bin" / "locust",
            "-f",
            path,
            "--master",
            "--master-bind-host",
            LOOPBACK,
            "--master-bind-port",
            port,
            *options,
        ],
        cwd=cwd,
        env=env,
    )
