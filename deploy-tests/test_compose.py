"""The Compose demos of docker/, from the repository alone."""

from __future__ import annotations

import collections
import json
import uuid

import pytest

from support.containers import Container
from support.engine import wait_until

pytestmark = pytest.mark.engine

QUICKSTART = ("docker/compose.yaml", "docker/compose.debian.yaml")
MIXED = ("docker/compose.yaml", "docker/compose.mixed.yaml", "docker/compose.debian.yaml", "docker/compose.mixed.debian.yaml")

# Runs in the container of the master, because ports may be published in another network namespace.
ASK_MASTER = """
import sys, urllib.parse, urllib.request
url, data = "http://localhost:8089" + sys.argv[1], sys.argv[2]
print(urllib.request.urlopen(url, data.encode() or None).read().decode())
"""


class Demo:
    """One Compose project; `close` is `docker-compose down`."""

    def __init__(self, engine, files, **environment):
        self._engine = engine
        self._environment = {**environment, "COMPOSE_PROJECT_NAME": f"demo{uuid.uuid4().hex[:8]}", "WEB_PORT": "0"}
        self._files = [part for file in files for part in ("-f", file)]

    def compose(self, *arguments: str, **options) -> str:
        return self._engine.run("docker-compose", *self._files, *arguments, **options, **self._environment)

    def up(self, *arguments: str) -> None:
        self.compose("up", "-d", *arguments)

    def close(self) -> None:
        self.compose("down")

    def containers(self, service: str) -> list[Container]:
        return [Container(self._engine, id) for id in self.compose("ps", "-q", service).split()]

    def what_is_left(self) -> list[str]:
        project = self._environment["COMPOSE_PROJECT_NAME"]
        label = f"label=com.docker.compose.project={project}"
        kinds = (("ps", "-aq"), ("network", "ls", "-q"), ("volume", "ls", "-q"))
        return [line for kind in kinds for line in self._engine.docker(*kind, "--filter", label).splitlines()]

    def ask_master(self, path: str, **form) -> dict:
        """GET, or POST with a form, to the web UI of the master."""
        data = "&".join(f"{key}={value}" for key, value in form.items())
        (master,) = self.containers("master")
        answer = master.execute("python3", "-c", ASK_MASTER, path, data)
        return json.loads(answer)

    def statistics(self) -> dict:
        return self.ask_master("/stats/requests")

    def workers(self) -> list[dict]:
        return self.statistics()["workers"]

    def wait_for_workers(self, number: int, state: str = "ready") -> None:
        def states():
            return collections.Counter(worker["state"] for worker in self.workers())

        try:
            wait_until(lambda: states() == {state: number}, f"{number} workers, each {state}")
        except AssertionError:
            print(self.workers(), self.compose("logs", "--tail", "50"))
            raise

    def wait_for_connected(self, number: int) -> None:
        def connected():
            return [worker for worker in self.workers() if worker["state"] in ("ready", "running")]

        wait_until(lambda: len(connected()) == number, f"{number} connected workers")

    def requests(self) -> int:
        return {row["name"]: row["num_requests"] for row in self.statistics()["stats"]}["Aggregated"]

    def wait_for_more_requests(self) -> None:
        before = self.requests()
        wait_until(lambda: self.requests() > before + 20, "20 more requests")


@pytest.fixture
def demo(engine, images):
    demos = []

    def start(*files, **environment):
        demos.append(Demo(engine, files, **environment))
        return demos[-1]

    yield start
    for each in demos:
        each.close()
        assert each.what_is_left() == []


def test_quickstart(demo):
    demo = demo(*QUICKSTART)
    demo.up()
    demo.wait_for_workers(1)
    demo.ask_master("/swarm", user_count=20, spawn_rate=20)
    demo.wait_for_workers(1, "running")
    demo.wait_for_more_requests()
    statistics = demo.statistics()
    names = {row["name"] for row in statistics["stats"] if row["num_requests"]}
    assert {"/item?id=[id]", "/login", "Aggregated"} <= names
    assert statistics["errors"] == []
    demo.compose("up", "-d", "--scale", "cpp-worker=4", "--no-recreate")
    demo.wait_for_connected(4)
    # Moves users to all workers. The master does not do so by itself for a worker that joins while
    # it moves users to another one.
    demo.ask_master("/swarm", user_count=20, spawn_rate=20)
    demo.wait_for_workers(4, "running")
    demo.wait_for_more_requests()
    users = [worker["user_count"] for worker in demo.workers()]
    assert users == [5, 5, 5, 5]
    assert demo.ask_master("/stop", now=1)["success"]
    demo.wait_for_workers(4, "ready")


def test_mixed(demo, engine):
    """A container of each kind is killed and replaced: the master treats both kinds alike."""
    demo = demo(*MIXED)
    demo.up("--scale", "cpp-worker=2", "--scale", "python-worker=2")
    demo.wait_for_workers(4)
    demo.ask_master("/swarm", user_count=40, spawn_rate=40)
    demo.wait_for_workers(4, "running")
    hosts = {kind: {c.id[:12] for c in demo.containers(kind)} for kind in ("cpp-worker", "python-worker")}
    ids = {worker["id"].split("_")[0]: worker["user_count"] for worker in demo.workers()}
    assert ids == {host: 10 for kind in hosts.values() for host in kind}

    killed = set()

    def users_of_the_others():
        return [worker["user_count"] for worker in demo.workers() if worker["id"] not in killed]

    # One after the other: the master does not move the users of a worker that it misses while it
    # moves those of another one.
    for kind in hosts:
        victim = demo.containers(kind)[0]
        killed |= {worker["id"] for worker in demo.workers() if worker["id"].startswith(victim.id[:12])}
        victim.kill()
        wait_until(lambda: sum(users_of_the_others()) == 40, f"others run the users of the killed {kind}")
    demo.compose("up", "-d", "--no-recreate", "--scale", "cpp-worker=2", "--scale", "python-worker=2")
    demo.wait_for_connected(4)
    demo.ask_master("/swarm", user_count=40, spawn_rate=40)
    wait_until(lambda: users_of_the_others() == [10] * 4, "four workers with ten users each")
    demo.wait_for_more_requests()
    assert demo.statistics()["errors"] == []


def test_existing_cluster(demo, containers, engine):
    """Only a cpp-worker; its master runs elsewhere and the environment names it."""
    master = containers.master(options=("-p", "5557"))
    network = master.inspect()["NetworkSettings"]
    (gateway,) = [net["Gateway"] for net in network["Networks"].values()]
    (port,) = {binding["HostPort"] for binding in network["Ports"]["5557/tcp"]}
    demo = demo("docker/compose.existing.yaml", LOCUST_MASTER_NODE_HOST=gateway, LOCUST_MASTER_NODE_PORT=port)
    demo.up()
    master.wait_for_log("reported as ready")
    (worker,) = demo.containers("cpp-worker")
    assert worker.id[:12] in master.log()


def test_own_locustfiles(engine):
    """LOCUSTFILES names the folder that all services mount."""
    files = [part for file in MIXED for part in ("-f", file)]
    configuration = engine.run("docker-compose", *files, "config", LOCUSTFILES="/of/a/user")
    assert configuration.count("/of/a/user:/mnt/locust:ro") == 3


def test_existing_cluster_without_a_master(engine, images):
    with pytest.raises(AssertionError, match="LOCUST_MASTER_NODE_HOST"):
        engine.run("docker-compose", "-f", "docker/compose.existing.yaml", "config")
