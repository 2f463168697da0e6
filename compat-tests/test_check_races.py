"""--check-races: races between threads in a locustfile are found, and what is done right is no race."""

from __future__ import annotations

from support.http_server import HttpServer
from support.processes import Process
from support.settings import BINARY, COMPILE_PATIENCE, LOOPBACK, REPOSITORY
from support.stage import Stage
from support.workers import CACHE

LOCUSTFILE = REPOSITORY / "compat-tests" / "locustfiles" / "races.cpp"
RACE = "ThreadSanitizer: data race"


def run(ended, user_class: str, row: tuple[str, str]) -> tuple[int, str]:
    """Runs eight users on two threads until they have done 200 tasks; gives back exit code and output."""
    server = ended(HttpServer())

    def worker(port: int) -> Process:
        arguments = ["-f", LOCUSTFILE, "--check-races", "--threads=2", f"--master-port={port}"]
        cache = {"CPPWORKER_CACHE_DIR": str(CACHE)}
        return Process("cpp-worker", [BINARY, *arguments, f"--master-host={LOOPBACK}"], env=cache)

    stage = ended(Stage(worker))
    stage.worker.expect("Detecting data races", patience=COMPILE_PATIENCE)
    stage.wait_connected()
    stage.step("run")
    stage.master.spawn({user_class: 8}, host=server.url)
    stage.wait_counted(*row, 200)
    stage.master.send("stop")
    stage.wait("client_stopped")
    stage.master.send("quit")
    return stage.worker.wait(COMPILE_PATIENCE), stage.worker.output


def test_a_race_is_reported_with_its_line(ended):
    code, output = run(ended, "Careless", ("TASK", "count"))
    line = next(n for n, text in enumerate(LOCUSTFILE.read_text().splitlines(), 1) if "// the race" in text)
    assert RACE in output
    assert f"races.cpp:{line}" in output
    assert code == 66, output


def test_what_is_handed_over_by_the_library_is_no_race(ended):
    code, output = run(ended, "Careful", ("TASK", "work"))
    assert RACE not in output, output
    assert code == 0, output


def test_a_library_without_its_source_is_refused(ended, tmp_path):
    library = tmp_path / "libshop.so"
    library.write_bytes(b"")
    worker = ended(Process("cpp-worker", [BINARY, "-f", library, "--check-races"]))
    assert worker.wait() == 1
    assert "--check-races needs to compile the locustfile itself. Pass its source" in worker.output
