"""How the workers and masters under test are started."""

from __future__ import annotations

import fcntl
import functools
import os
from pathlib import Path

from .processes import Process
from .settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, REPOSITORY, VENV

SELF_CHECK = bool(os.environ.get("CPPWORKER_SELF_CHECK"))
"""A second Python worker takes cpp-worker's place, to show that the tests compare without noise."""


CACHE = REPOSITORY / "build" / "compat-cache"
"""Where cpp-worker keeps what it has compiled, for all tests together."""

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


def cpp_worker(
    port: int, locustfile: str | Path = "compat", *, options=(), env=None, prefix=(), is_read=True
) -> Process:
    """cpp-worker on two threads. With CPPWORKER_SELF_CHECK=1 a second Python worker takes its place.

    @param locustfile Name of a pair of twins, or the path of a file to give to -f as it is.
    @param prefix Comes before the command: `ip netns exec …`.
    """
    if SELF_CHECK:
        return stock_worker(port, str(locustfile), env=env)
    path = locustfile if isinstance(locustfile, Path) else LOCUSTFILES / f"{locustfile}.cpp"
    compile_once(path)
    return run_binary(
        "-f",
        path,
        f"--master-host={LOOPBACK}",
        f"--master-port={port}",
        "--threads=2",
        *options,
        env=env,
        prefix=prefix,
        is_read=is_read,
    )


def run_binary(*arguments, env=None, prefix=(), is_read=True) -> Process:
    """cpp-worker with just these arguments; what it compiles is kept for the next test."""
    cache = {"CPPWORKER_CACHE_DIR": str(CACHE)}
    command = [*prefix, BINARY, *arguments]
    env = cache | (env or {})
    return Process("cpp-worker", command, cwd=LOCUSTFILES, env=env, is_read=is_read)


@functools.cache
def compile_once(path: Path) -> None:
    """Puts a locustfile into the cache: one process of the tests compiles it, the others wait. A failure is
    for the test to show."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{path.stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = run_binary("-f", path, "--list")
        try:
            process.wait(COMPILE_PATIENCE)
        finally:
            process.stop()


def print_locustfile(path: Path) -> str:
    """The master's side of a locustfile, as cpp-worker writes it."""
    compile_once(path)
    process = run_binary("-f", path, "--print-locustfile", "--loglevel", "ERROR")
    code = process.wait()
    process.stop()
    assert code == 0, process.output
    return process.output + "\n"


def stock_master(
    port: int,
    locustfile: str | Path,
    *,
    venv: Path = VENV,
    options=(),
    env=None,
    cwd: Path = LOCUSTFILES,
    bind_host: str = LOOPBACK,
    prefix=(),
) -> Process:
    """A master of the Locust in `venv`."""
    path = locustfile if isinstance(locustfile, Path) else LOCUSTFILES / f"{locustfile}.py"
    return Process(
        "stock master",
        [
            *prefix,
            venv / "bin" / "locust",
            "-f",
            path,
            "--master",
            "--master-bind-host",
            bind_host,
            "--master-bind-port",
            port,
            *options,
        ],
        cwd=cwd,
        env=env,
    )
