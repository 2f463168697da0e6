"""The images of docker/Dockerfile."""

from __future__ import annotations

import json

import pytest

from support.containers import QUICKSTART, requests_of, table_of
from support.engine import BASE_IMAGE, ROOT, wait_until

pytestmark = pytest.mark.engine
MEGABYTE = 1_000_000
LOCUSTFILES = ("-v", f"{QUICKSTART}:/mnt/locust:ro")
HEADLESS = ("--headless", "--expect-workers", "1", "-u", "20", "-r", "20", "--stop-timeout", "10", "--only-summary")
TO_MASTER = ("--master-host", "master")


def image(engine, name):
    return json.loads(engine.docker("image", "inspect", name))[0]


def assert_counted_by(target, master):
    """The master's table has exactly the requests that the server counted."""
    rows = table_of(master)
    counts = requests_of(target)
    assert rows["POST /login"].requests == counts["/login"]
    assert rows["GET /"].requests == counts["/"]
    assert rows["GET /item?id=[id]"].requests == counts["/item"] > 0
    assert rows["GET /search"].requests == counts["/search"]
    assert rows["Aggregated"].requests == sum(counts.values())
    assert rows["Aggregated"].failures == 0


def test_sizes(engine, images):
    base = image(engine, BASE_IMAGE)["Size"]
    sizes = {name: (image(engine, tag)["Size"] - base) / MEGABYTE for name, tag in images.items()}
    print({name: f"{size:.1f} MB above the base" for name, size in sizes.items()})
    assert sizes["cpp-worker"] < 60


@pytest.mark.parametrize("name", ["cpp-worker", "cpp-worker-dev", "locust"])
def test_metadata(engine, images, name):
    config = image(engine, images[name])["Config"]
    assert config["User"] == "1000"
    assert config["Healthcheck"]["Test"] == ["CMD", "cpp-worker-healthcheck"]
    assert config["Labels"]["org.opencontainers.image.title"] == "cpp-worker"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert config["WorkingDir"] == "/home/locust"


def test_locustfile_from_a_mounted_folder(containers):
    target = containers.target()
    master = containers.master(*HEADLESS, "-t", "5s")
    worker = containers.start("cpp-worker-dev", "-f", "/mnt/locust/locustfile.cpp", *TO_MASTER, options=LOCUSTFILES)
    assert master.wait() == 0, master.log()
    assert worker.wait() == 0, worker.log()
    assert_counted_by(target, master)


@pytest.fixture(scope="session")
def compiled(engine, images, tmp_path_factory):
    """libshop.so and the executable `shop`, compiled from the quickstart in the image cpp-worker-dev."""
    folder = tmp_path_factory.mktemp("compiled")
    folder.chmod(0o777)
    script = (
        "cd /compiled"
        " && g++ $(cpp-worker --print-flags) -shared /mnt/locust/locustfile.cpp -o libshop.so"
        " && g++ $(cpp-worker --print-flags) /mnt/locust/locustfile.cpp -lcppworker_main -lcppworker -o shop"
    )
    engine.docker(
        "run", "--rm", "--entrypoint", "sh", "-v", f"{folder}:/compiled", *LOCUSTFILES, images["cpp-worker-dev"], "-c", script
    )
    return folder


def test_compiled_locustfile_in_the_runtime_image(containers, compiled):
    target = containers.target()
    master = containers.master(*HEADLESS, "-t", "3s")
    mounts = ("-v", f"{compiled}:/mnt/locust:ro")
    worker = containers.start("cpp-worker", "-f", "/mnt/locust/libshop.so", *TO_MASTER, options=mounts)
    assert master.wait() == 0, master.log()
    assert worker.wait() == 0, worker.log()
    assert_counted_by(target, master)


def test_executable_in_the_runtime_image(containers, compiled):
    target = containers.target()
    master = containers.master(*HEADLESS, "-t", "3s")
    mounts = ("-v", f"{compiled}:/mnt/locust:ro", "--entrypoint", "/mnt/locust/shop")
    worker = containers.start("cpp-worker", *TO_MASTER, options=mounts)
    assert master.wait() == 0, master.log()
    assert worker.wait() == 0, worker.log()
    assert_counted_by(target, master)


def test_runtime_image_has_no_compiler(containers):
    output = containers.run("cpp-worker", "-f", "/mnt/locust/locustfile.cpp", options=LOCUSTFILES, check=False)
    assert "cpp-worker-dev" in output, output


def test_limits_and_stop_during_load(containers):
    """Memory limit, half a CPU, read-only root: `docker stop` loses no statistics and leaves no file."""
    target = containers.target()
    master = containers.master(*HEADLESS, "-t", "60s")
    worker = containers.start(
        "cpp-worker-dev",
        "-f",
        "/mnt/locust/locustfile.cpp",
        *TO_MASTER,
        options=(
            *LOCUSTFILES,
            *("--memory", "1g", "--cpus", "0.5", "--read-only", "--tmpfs", "/tmp:exec", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges"),
        ),
    )
    wait_until(lambda: requests_of(target)["/item"] > 50, "50 requests")
    assert "1 thread" in worker.log()
    assert worker.stop() == 0, worker.log()
    assert worker.changed_files() == []
    assert not worker.state()["OOMKilled"]
    master.wait()  # it ends with its last worker
    assert_counted_by(target, master)


def test_stop_while_it_compiles(containers):
    worker = containers.start("cpp-worker-dev", "-f", "/mnt/locust/locustfile.cpp", *TO_MASTER, options=LOCUSTFILES)
    wait_until(lambda: "cc1plus" in containers.engine.docker("top", worker.id), "the compiler")
    assert worker.stop() in (0, 143), worker.log()


def test_stop_while_it_waits_for_a_master(containers, compiled):
    mounts = ("-v", f"{compiled}:/mnt/locust:ro")
    worker = containers.start("cpp-worker", "-f", "/mnt/locust/libshop.so", *TO_MASTER, options=mounts)
    worker.wait_for_log("master")
    assert worker.stop() != 137, worker.log()


def test_health(containers, compiled):
    options = ("--health-interval", "1s", "--health-start-period", "0s", "--health-retries", "1")
    mounts = ("-v", f"{compiled}:/mnt/locust:ro")

    def health(container):
        return container.state()["Health"]["Status"]

    worker = containers.start("cpp-worker", "-f", "/mnt/locust/libshop.so", *TO_MASTER, options=(*options, *mounts))
    wait_until(lambda: health(worker) == "unhealthy", "unhealthy without a master")
    master = containers.start(
        "locust", "--master", "-f", "/mnt/locust/locustfile.py", name="master", options=(*options, *LOCUSTFILES)
    )
    wait_until(lambda: health(master) == "healthy", "a healthy master")
    wait_until(lambda: health(worker) == "healthy", "a healthy worker")


def test_docker_folder_has_a_command_for_each_target():
    """The first comment of the Dockerfile and docker/README.md describe every target."""
    text = (ROOT / "docker/Dockerfile").read_text()
    targets = [line.split(" AS ")[1] for line in text.splitlines() if line.startswith("FROM ")]
    comment = text[: text.index("ARG BASE")]
    readme = (ROOT / "docker/README.md").read_text()
    for target in targets:
        assert f"#   {target} " in comment
        assert f"`{target}`" in readme
