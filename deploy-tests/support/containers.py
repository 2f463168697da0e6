"""Containers of one test, in a network of their own."""

from __future__ import annotations

import collections
import json
import pathlib
import re
import tempfile
import uuid

from support.engine import ROOT, Engine, wait_until

QUICKSTART = ROOT / "examples/quickstart"


class Container:
    def __init__(self, engine: Engine, id: str):
        self._engine = engine
        self.id = id

    def inspect(self) -> dict:
        return json.loads(self._engine.docker("inspect", self.id))[0]

    def state(self) -> dict:
        return self.inspect()["State"]

    def log(self) -> str:
        return self._engine.docker("logs", self.id)

    def execute(self, *command: str, **options) -> str:
        return self._engine.docker("exec", self.id, *command, **options)

    def stop(self, seconds: int = 10) -> int:
        """`docker stop`; the exit code. 137 means that the container did not end by itself."""
        self._engine.docker("stop", "-t", str(seconds), self.id)
        return self.state()["ExitCode"]

    def kill(self) -> None:
        self._engine.docker("kill", self.id)

    def wait(self, seconds: float = 90) -> int:
        """The exit code after its end."""
        return int(self._engine.docker("wait", self.id, timeout=seconds).split()[-1])

    def wait_for_log(self, text: str, seconds: float = 60) -> None:
        def has_text():
            log = self.log()
            if text in log:
                return True
            assert self.state()["Running"] or text in self.log(), f"ended without {text!r}:\n{log}"
            return False

        try:
            wait_until(has_text, text, seconds)
        except AssertionError:
            print(self.log())
            raise

    def changed_files(self) -> list[str]:
        """What the container wrote outside of mounted folders."""
        mounts = [pathlib.PurePath(mount["Destination"]) for mount in self.inspect()["Mounts"]]
        expected = {str(path) for mount in mounts for path in (mount, *mount.parents)}
        lines = self._engine.docker("diff", self.id).splitlines()
        return [line for line in lines if line.split(" ", 1)[1] not in expected]


class Containers:
    def __init__(self, engine: Engine, images: dict[str, str]):
        self.engine = engine
        self.images = images
        self.network = f"cpp-worker-test-{uuid.uuid4().hex[:8]}"
        self._ids: list[str] = []
        self._folder = tempfile.TemporaryDirectory(prefix="cpp-worker-test-")
        self.folder = pathlib.Path(self._folder.name)
        engine.docker("network", "create", self.network)

    def close(self) -> None:
        if self._ids:
            self.engine.docker("rm", "-f", "-v", *self._ids)
        self.engine.docker("network", "rm", self.network)
        self._folder.cleanup()

    def start(self, image: str, *command: str, name: str | None = None, options: tuple[str, ...] = ()) -> Container:
        """`docker run -d`; `name` is the host name in the test's network."""
        alias = ("--network-alias", name, "--hostname", name) if name else ()
        output = self.engine.docker(
            "run", "-d", "--network", self.network, *alias, *options, self.images.get(image, image), *command
        )
        container = Container(self.engine, output.split()[-1])
        self._ids.append(container.id)
        return container

    def run(self, image: str, *command: str, options: tuple[str, ...] = (), **others) -> str:
        """`docker run --rm`: the output."""
        return self.engine.docker(
            "run", "--rm", "--network", self.network, *options, self.images.get(image, image), *command, **others
        )

    def target(self) -> Container:
        """nginx with the shop of the demos, on http://target:8080. It logs each request."""
        configuration = self.folder / "shop.conf"
        text = (ROOT / "docker/shop.conf").read_text()
        assert "access_log off;" in text
        configuration.write_text(
            'log_format counted "REQUEST $uri $remote_addr $status";\n'
            + text.replace("access_log off;", "access_log /dev/stdout counted;")
        )
        return self.start(
            "nginx", name="target", options=("-v", f"{configuration}:/etc/nginx/conf.d/default.conf:ro")
        )

    def master(self, *arguments: str, options: tuple[str, ...] = ()) -> Container:
        """A stock Locust master, host name `master`, with the locustfiles of examples/quickstart."""
        return self.start(
            "python-locust",
            "--master",
            "-f",
            "/mnt/locust/locustfile.py",
            "--host",
            "http://target:8080",
            *arguments,
            name="master",
            options=("-v", f"{QUICKSTART}:/mnt/locust:ro", *options),
        )


def requests_of(target: Container) -> collections.Counter:
    """The server's own count: path (without the query) → requests."""
    return collections.Counter(re.findall(r"^REQUEST (\S+)", target.log(), re.M))


Row = collections.namedtuple("Row", "requests failures")


def table_of(master: Container) -> dict[str, Row]:
    """The last table that a headless master printed: "GET /item" → its numbers."""
    text = master.log()
    rows = {}
    for line in text[text.rindex("# fails") :].splitlines()[2:]:
        match = re.match(r" *(?:(\S+) +)?(\S+) +(\d+) +(\d+)\([\d.]+%\) \|", line)
        if match:
            method, name, requests, failures = match.groups()
            rows[f"{method} {name}" if method else name] = Row(int(requests), int(failures))
        if line.lstrip().startswith("Aggregated"):
            break
    return rows
