"""Starts containers in the engine as Kubernetes does: ConfigMaps, service links, security contexts."""

from __future__ import annotations

import json
from pathlib import Path

from support.containers import Container, Containers
from support.recorded_containers import PodContainer


def write_config_map(folder: Path, files: dict[str, str]) -> None:
    """A mounted ConfigMap has links to links: a -> ..data/a, ..data -> ..2026_01_01."""
    data = folder / "..2026_01_01_00_00_00.1"
    data.mkdir(parents=True)
    (folder / "..data").symlink_to(data.name)
    for name, text in files.items():
        (data / name).write_text(text)
        (folder / name).symlink_to(f"..data/{name}")


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


def start_pod(
    containers: Containers,
    host: str,
    container: PodContainer,
    config_maps: dict[str, dict[str, str]],
    options: tuple[str, ...] = (),
) -> Container:
    """`host`: a name that the other pods know; in Kubernetes, a Service."""
    containers.folder.chmod(0o755)
    mounts = []
    for path, config_map in container.mounts.items():
        folder = containers.folder / f"{host}{path.replace('/', '-')}"
        write_config_map(folder, config_maps[config_map])
        for below in container.mounts:  # the engine can't make a folder in a read-only mount
            if below.startswith(f"{path}/"):
                (folder / below.removeprefix(f"{path}/")).mkdir()
        mounts += ["-v", f"{folder}:{path}:ro"]
    env = [word for key, value in container.env.items() for word in ("-e", f"{key}={value}")]
    args = container.args
    if container.command:
        program, *first = container.command
        options, args = (*options, "--entrypoint", program), (*first, *args)
    return containers.start("locust", *args, name=host, options=(*mounts, *env, *options))


def statistics_of(master: Container) -> dict:
    """What the master's web UI shows."""
    program = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8089/stats/requests').read().decode())"
    return json.loads(master.execute("/opt/venv/bin/python", "-c", program))
