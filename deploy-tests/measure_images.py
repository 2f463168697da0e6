"""Prints the table of docs/deploying.md: size of each image, time to build it, and the time from
`docker run` until the master reports the worker as ready, for cpp-worker and for a Python worker.

usage: DOCKER_HOST=... python deploy-tests/measure_images.py [ROUNDS]
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))

from conftest import TARGETS
from support.containers import QUICKSTART, Containers
from support.engine import BASE_IMAGE, Engine, wait_until


def measure_builds(engine: Engine) -> None:
    print("| image | size (MB) | above its base (MB) | time to build (s) |\n|---|---|---|---|")

    def size(image):
        return int(engine.docker("image", "inspect", "-f", "{{.Size}}", image)) / 1e6

    for target in TARGETS:
        begin = time.monotonic()
        engine.build(f"cpp-worker/{target}", target=target)
        took = time.monotonic() - begin
        total = size(f"cpp-worker/{target}")
        print(f"| `{target}` | {total:.0f} | {total - size(BASE_IMAGE):.0f} | {took:.0f} |", flush=True)


def compile_shop(engine: Engine, folder: pathlib.Path) -> None:
    folder.chmod(0o777)
    engine.docker(
        *("run", "--rm", "--entrypoint", "sh", "-v", f"{folder}:/compiled", "-v", f"{QUICKSTART}:/mnt/locust:ro"),
        *("cpp-worker/cpp-worker-dev", "-c"),
        "g++ $(cpp-worker --print-flags) -shared /mnt/locust/locustfile.cpp -o /compiled/libshop.so",
    )


def measure_start(engine: Engine, rounds: int) -> None:
    images = {target: f"cpp-worker/{target}" for target in TARGETS}
    with tempfile.TemporaryDirectory() as folder:
        compile_shop(engine, pathlib.Path(folder))
        workers = {
            "`cpp-worker`, `-f libshop.so`": ("cpp-worker", folder, "libshop.so", ()),
            "`cpp-worker-dev`, `-f locustfile.cpp`": ("cpp-worker-dev", QUICKSTART, "locustfile.cpp", ()),
            "`python-locust`, `-f locustfile.py`": ("python-locust", QUICKSTART, "locustfile.py", ("--worker",)),
        }
        times = {name: [] for name in workers}
        with contextlib.closing(Containers(engine, images)) as containers:
            master = containers.master()
            master.wait_for_log("Starting web interface")
            for _ in range(rounds):
                for name, (image, mounted, file, role) in workers.items():
                    begin = time.monotonic()
                    worker = containers.start(
                        *(image, "-f", f"/mnt/locust/{file}", "--master-host", "master", *role),
                        options=("-v", f"{mounted}:/mnt/locust:ro"),
                    )
                    wait_until(lambda: f"{worker.id[:12]}" in master.log(), "the worker is ready")
                    times[name].append(time.monotonic() - begin)
                    worker.kill()
    print("\n| worker | `docker run` until ready, s: min/median/max |\n|---|---|")
    for name, values in times.items():
        print(f"| {name} | {min(values):.2f} / {statistics.median(values):.2f} / {max(values):.2f} |")


if __name__ == "__main__":
    chosen = Engine(os.environ["DOCKER_HOST"])
    chosen.import_base()
    measure_builds(chosen)
    measure_start(chosen, int(sys.argv[1]) if len(sys.argv) > 1 else 5)
