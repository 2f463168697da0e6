"""A Docker engine: the one of $DOCKER_HOST, or a throw-away one of engine/engine.sh (as root)."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

FOLDER = pathlib.Path(__file__).resolve().parent.parent
ROOT = FOLDER.parent
BASE_IMAGE = "debian:12-slim"


class Unavailable(Exception):
    """This machine cannot have an engine; the text says what is missing."""


def cache_folder() -> pathlib.Path:
    """Files that are kept between runs."""
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(home) / "cpp-worker-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Engine:
    """Runs `docker` and `docker-compose` against one engine."""

    def __init__(self, host: str):
        self.environment = {
            **os.environ,
            "PATH": f"/usr/bin:/usr/sbin:{os.environ['PATH']}",
            "DOCKER_HOST": host,
            "DOCKER_BUILDKIT": "1",
            "COMPOSE_DOCKER_CLI_BUILD": "1",
        }

    def run(self, *command: str, check: bool = True, timeout: float = 600, **environment: str) -> str:
        """The output of a command, standard error included. A failed command is a test failure."""
        result = subprocess.run(
            [str(part) for part in command],
            env={**self.environment, **environment},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=timeout,
        )
        if check and result.returncode != 0:
            raise AssertionError(f"{command} ended with {result.returncode}:\n{result.stdout}")
        return result.stdout

    def docker(self, *arguments: str, **options) -> str:
        return self.run("docker", *arguments, **options)

    def build(self, image: str, *, target: str | None = None, file: str = "docker/Dockerfile", context=".") -> None:
        chosen = ["--target", target] if target else []
        self.docker("build", "-q", "-f", file, *chosen, "-t", image, context, timeout=1800)

    def import_base(self) -> None:
        """Makes debian:12-slim from the packages of this machine, because no registry may be reachable."""
        if self.docker("images", "-q", BASE_IMAGE).strip():
            return
        tar = cache_folder() / "debian-12-slim.tar"
        if not tar.exists():
            self.run(FOLDER / "engine/base.sh", tar, timeout=900)
        certificates = "/etc/ssl/certs/ca-certificates.crt"
        self.docker(
            "import",
            "-c",
            'CMD ["bash"]',
            "-c",
            f"ENV PIP_CERT={certificates} SSL_CERT_FILE={certificates}",
            tar,
            BASE_IMAGE,
        )


class ThrowAwayEngine:
    """An engine in namespaces of its own. `stop` ends it with all of its containers and images."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Unavailable("the tests start a Docker engine, which needs root; or set DOCKER_HOST")
        path = "/usr/bin:/usr/sbin:" + os.environ["PATH"]
        tools = ("dockerd", "docker", "docker-compose", "slirp4netns", "mmdebstrap", "tini", "iptables")
        missing = [tool for tool in tools if shutil.which(tool, path=path) is None]
        if missing:
            raise Unavailable(f"not installed: {', '.join(missing)}. Run scripts/setup")
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="cpp-worker-engine-"))
        result = self._call("up")
        if result.returncode != 0:
            self.stop()
            raise Unavailable(f"the Docker engine did not start:\n{result.stdout}")
        self.host = f"unix://{self._folder}/docker.sock"

    def stop(self) -> None:
        self._call("down")

    def _call(self, verb: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(FOLDER / "engine/engine.sh"), verb, str(self._folder)],
            env={**os.environ, "PATH": "/usr/bin:/usr/sbin:" + os.environ["PATH"]},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=600,  # `down` deletes the images' files
        )


def wait_until(condition, what: str, seconds: float = 60):
    """The first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
