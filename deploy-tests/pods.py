"""Starts containers in the engine as a kubelet does: ConfigMaps, service links, security contexts."""

from __future__ import annotations

import itertools
import json
import re
import time
from pathlib import Path

from recorded_containers import Container

NUMBERS = itertools.count()

ACCESS_LOG = """
server {
  listen 8080;
  access_log /dev/stdout;
  keepalive_requests 1000000;
  default_type text/plain;
  location / { return 200 "Success"; }
}
"""


def write_config_map(folder: Path, files: dict[str, str]) -> Path:
    """A mounted ConfigMap has links to links: a -> ..data/a, ..data -> ..2026_01_01."""
    data = folder / "..2026_01_01_00_00_00.1"
    data.mkdir(parents=True)
    (folder / "..data").symlink_to(data.name)
    for name, text in files.items():
        (data / name).write_text(text)
        (folder / name).symlink_to(f"..data/{name}")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def service_links(services: tuple[str, ...]) -> dict[str, str]:
    """The variables that Kubernetes adds to each container for each Service of the namespace."""
    variables = {}
    for number, service in enumerate(services):
        name, address = service.upper().replace("-", "_"), f"10.0.0.{number + 1}"
        variables |= {
            f"{name}_SERVICE_HOST": address,
            f"{name}_SERVICE_PORT": "5557",
            f"{name}_PORT": f"tcp://{address}:5557",
            f"{name}_PORT_5557_TCP": f"tcp://{address}:5557",
            f"{name}_PORT_5557_TCP_ADDR": address,
            f"{name}_PORT_5557_TCP_PORT": "5557",
            f"{name}_PORT_5557_TCP_PROTO": "tcp",
        }
    return variables


def eventually(condition, what: str, seconds: float = 120):
    """The condition's value, once it is true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.2)
    return value


class Namespace:
    """A network with a server to test, and pods that are removed with it."""

    def __init__(self, engine, folder: Path):
        self.engine = engine
        self.folder = folder
        self.prefix = f"pods-{folder.name[-30:]}-{next(NUMBERS)}".replace("_", "-")
        self.containers: list[str] = []
        engine.docker("network", "create", self.prefix)
        configuration = folder / "nginx.conf"
        configuration.write_text(ACCESS_LOG)
        configuration.chmod(0o644)
        self.target = self.start(
            "target", "cpp-worker/nginx", [], ["-v", f"{configuration}:/etc/nginx/conf.d/shop.conf:ro"]
        )

    def start(self, alias: str, image: str, args, flags=()) -> str:
        name = f"{self.prefix}-{alias}-{len(self.containers)}"
        self.engine.docker(
            "run", "--detach", "--name", name, "--network", self.prefix, "--network-alias", alias,
            *flags, image, *args,
        )  # fmt: skip
        self.containers.append(name)
        return name

    def pod(self, alias: str, container: Container, config_maps: dict[str, dict[str, str]], flags=()):
        mounts = []
        for path, config_map in container.mounts.items():
            folder = self.folder / f"{alias}-{len(self.containers)}{path.replace('/', '-')}"
            write_config_map(folder, config_maps[config_map])
            for below in container.mounts:  # the engine can't make it in a read-only folder
                if below.startswith(f"{path}/"):
                    (folder / below.removeprefix(f"{path}/")).mkdir()
            mounts += ["-v", f"{folder}:{path}:ro"]
        env = [word for key, value in container.env.items() for word in ("-e", f"{key}={value}")]
        args = list(container.args)
        if container.command:
            program, *first = container.command
            flags, args = [*flags, "--entrypoint", program], [*first, *args]
        return self.start(alias, "cpp-worker/locust", args, [*mounts, *env, *flags])

    def state(self, name: str, field: str) -> str:
        return self.engine.docker("inspect", "--format", f"{{{{.State.{field}}}}}", name).strip()

    def logs(self, name: str) -> str:
        """Standard output; `docker logs` writes the container's standard error to its own."""
        return self.engine.docker("logs", name)

    def exit_code(self, name: str) -> int:
        return int(self.engine.docker("wait", name))

    def served(self) -> int:
        """The requests that the server has answered."""
        return len(re.findall(r'^\S+ - - \[.*" 200 ', self.logs(self.target), re.MULTILINE))

    def statistics(self, master: str) -> dict:
        """What the master's web UI shows."""
        program = (
            "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8089/stats/requests').read().decode())"
        )
        return json.loads(self.engine.docker("exec", master, "/opt/venv/bin/python", "-c", program))

    def remove(self):
        if self.containers:
            self.engine.docker("rm", "--force", "--volumes", *self.containers)
        self.engine.docker("network", "rm", self.prefix)


def table(text: str) -> dict[str, tuple[int, int]]:
    """Requests and failures of each row of the last summary that a master has printed."""
    summary = text[text.rindex("# fails") :]
    rows = re.findall(r"^(?:[A-Z]+ +)? *(\S.*?) +(\d+) +(\d+)\([\d.]+%\)", summary, re.MULTILINE)
    return {name: (int(requests), int(failures)) for name, requests, failures in rows}
