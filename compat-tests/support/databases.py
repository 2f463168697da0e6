"""Database servers of a test's own: on free ports or sockets, in the test's folder."""

from __future__ import annotations

import glob
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .ports import free_port
from .processes import Process
from .settings import LOOPBACK, PATIENCE


class Redis:
    def __init__(self, folder: Path):
        self.port = free_port()
        self._process = Process(
            "redis-server",
            ["redis-server", "--port", self.port, "--bind", LOOPBACK, "--save", "", "--dir", folder],
        )
        self._process.expect("Ready to accept connections")

    def stop(self) -> None:
        self._process.stop()

    def calls(self) -> dict[str, int]:
        """How often the server has carried out each command, also those that failed."""
        with socket.create_connection((LOOPBACK, self.port), timeout=PATIENCE) as connection:
            connection.sendall(b"INFO commandstats\r\nQUIT\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        return {name: int(calls) for name, calls in re.findall(r"cmdstat_(\w+):calls=(\d+)", answer)}


class Postgres:
    """A cluster with one database. Its server refuses to run as root: then it runs as `postgres`."""

    def __init__(self):
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        assert binaries, "PostgreSQL's server is not installed (Debian: postgresql)"
        self._binaries = Path(binaries[-1])
        # Not in the test's folder: others may not look into that, and a socket's path must be short.
        self._folder = Path(tempfile.mkdtemp(prefix="cppworker-pg-"))
        self._user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
        else:
            self._user = []
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "shop", "-A", "trust", "--no-sync", "--no-instructions")
        self._process = Process(
            "postgres",
            [
                *self._user,
                self._binaries / "postgres",
                *("-D", data, "-k", self._folder),
                *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=100"),
            ],
            cwd=self._folder,
        )
        self._process.expect("database system is ready to accept connections")
        self.url = f"host={self._folder} dbname=postgres user=shop"

    def stop(self) -> None:
        self._process.stop()
        shutil.rmtree(self._folder)

    def query(self, sql: str) -> list[list[str]]:
        text = self._run("psql", "-h", self._folder, "-U", "shop", "-d", "postgres", "-AtX", "-c", sql)
        return [line.split("|") for line in text.splitlines()]

    def wait_for(self, sql: str, expected: list[list[str]]) -> None:
        deadline = time.monotonic() + PATIENCE
        while (rows := self.query(sql)) != expected:
            assert time.monotonic() < deadline, f"{sql}: {rows}, not {expected}"
            time.sleep(0.1)

    def _run(self, program: str, *arguments) -> str:
        result = subprocess.run(
            [*self._user, str(self._binaries / program), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._folder,
            timeout=PATIENCE,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
        assert result.returncode == 0, f"{program}:\n{result.stdout}"
        return result.stdout
