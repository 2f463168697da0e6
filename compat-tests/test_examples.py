"""examples/locustfiles: each C++ file does what its Python twin does, seen by a master and by the server."""

from __future__ import annotations

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.echo_server import EchoServer
from support.http_server import HttpServer
from support.meeting_server import MeetingServer
from support.mosquitto import Mosquitto
from support.ports import free_port
from support.processes import Process
from support.settings import BINARY, COMPILE_PATIENCE, LOOPBACK, PATIENCE, REPOSITORY, VENV
from support.stage import Stage
from support.standalone import csv_rows
from support.transcript import add_up
from support.workers import CACHE, compile_once, run_binary

EXAMPLES = REPOSITORY / "examples" / "locustfiles"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.cpp"))

ROWS = {
    "basic": ("WebsiteUser", ["GET /", "GET /item?id=[id]"]),
    "form_login": ("FormUser", ["GET /login", "GET /profile", "POST /login"]),
    "events": ("WebsiteUser", ["GET /", "THINK deeply"]),
    "tasksets": (
        "ForumUser",
        ["GET /", "GET /forum", "GET /forum/search", "GET /forum/thread", "POST /forum/thread"],
    ),
    "helpers": ("MemberUser", ["GET /item", "POST /orders"]),
    "sequence": ("BuyingUser", ["GET /shelf", "POST /cart", "POST /pay"]),
}
"""The user class and all rows of those that make requests of a web server and nothing else."""


def stock_worker(port: int, name: str) -> Process:
    locust = VENV / "bin" / "locust"
    arguments = ["-f", f"{name}.py", "--worker", "--master-host", LOOPBACK, "--master-port", port]
    return Process("stock worker", [locust, *arguments], cwd=EXAMPLES)


def cpp_worker(port: int, name: str) -> Process:
    path = EXAMPLES / f"{name}.cpp"
    compile_once(path)
    cache = {"CPPWORKER_CACHE_DIR": str(CACHE)}
    arguments = ["-f", path, f"--master-host={LOOPBACK}", f"--master-port={port}", "--threads=2"]
    return Process("cpp-worker", [BINARY, *arguments], cwd=EXAMPLES, env=cache)


BOTH = (stock_worker, cpp_worker)


@pytest.mark.parametrize("name", NAMES)
def test_every_one_compiles(name):
    compile_once(EXAMPLES / f"{name}.cpp")
    process = run_binary("-f", EXAMPLES / f"{name}.cpp", "--list")
    try:
        assert process.wait(COMPILE_PATIENCE) == 0, process.output
    finally:
        process.stop()


def both(play) -> list:
    """What play(worker) gives for the two kinds of workers, played at the same time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(play, BOTH))


def run(
    stage: Stage, user_classes: list[str], host: str, rows: list[str], requests: int = 5, options: dict | None = None
) -> dict:
    """Four users of each class, until each row has so many requests; gives back the sums of all reports."""
    stage.wait_connected()
    stage.step("run")
    stage.master.spawn(dict.fromkeys(user_classes, 4), host=host, stop_timeout=10.0, parsed_options=options)
    for row in rows:
        method, _, name = row.partition(" ")
        stage.wait_counted(method, name, requests)
    stage.step("stop")
    stage.master.send("stop")
    stage.wait("client_stopped")
    stage.wait("stats")
    stage.wait("stats", count=2)  # a stock worker's last report comes after it has stopped
    assert not stage.master.of_type("exception")
    return add_up([m.data for m in stage.master.of_type("stats")])


def counts(sums: dict) -> dict[str, int]:
    return {
        f"{method} {name}": row["num_requests"] for (method, name), row in sums["rows"].items() if method
    }


@pytest.mark.parametrize("name", ROWS)
def test_twins_make_the_same_rows(ended, name):
    user_class, rows = ROWS[name]

    def play(start_worker):
        server = ended(HttpServer())
        stage = ended(Stage(lambda port: start_worker(port, name)))
        sums = run(stage, [user_class], server.url, rows, requests=4)
        return stage, sums, server.requests()

    results = both(play)
    for stage, sums, seen in results:
        table = counts(sums)
        assert sorted(table) == rows, stage.worker.name
        if name == "basic":
            assert table == {"GET /": seen["GET /"], "GET /item?id=[id]": seen["GET /item"]}
        if name == "form_login":  # a redirect to the profile is part of the login's request
            assert table["POST /login"] == seen["POST /login"] == 4
            assert table["GET /profile"] + table["POST /login"] == seen["GET /profile"]
        if name in ("tasksets", "sequence", "helpers"):
            assert table == seen
        if name == "sequence":  # each of the four users may be in the middle
            assert 2 * table["POST /pay"] <= table["GET /shelf"] <= 2 * table["POST /pay"] + 8
        if name == "events":
            stage.worker.expect("A new test is starting")
            stage.worker.expect("A new test is ending")
    (_, stock, _), (_, ours, _) = results
    assert failures(ours) == failures(stock)


def failures(sums: dict) -> dict[str, tuple]:
    return {key: (error["method"], error["name"], error["error"]) for key, error in sums["errors"].items()}


def test_parallel(ended):
    """The server answers the requests of a user's gather() only if they are there at the same time."""
    rows = ["GET /", "GET /logo.png", "GET /notifications", "GET /part/[part]", "GET /style.css"]

    def play(start_worker):
        server = ended(MeetingServer())
        stage = ended(Stage(lambda port: start_worker(port, "parallel")))
        return run(stage, ["BrowserUser"], server.url, rows), server.requests

    for sums, seen in both(play):
        table = counts(sums)
        assert sorted(table) == rows
        assert not sums["errors"]
        assert table["GET /"] == table["GET /style.css"] == table["GET /logo.png"] == seen["/"]
        assert table["GET /part/[part]"] == 6 * table["GET /"]
        assert {path: seen[path] for path in seen if path.startswith("/part/")} == {
            f"/part/{part}": seen["/"] for part in range(6)
        }


def test_custom_client(ended):
    def play(start_worker):
        server = ended(EchoServer())
        stage = ended(Stage(lambda port: start_worker(port, "custom_client")))
        sums = run(stage, ["EchoUser"], server.address, ["ECHO hello", "ECHO goodbye"])
        return sums, server.lines

    for sums, lines in both(play):
        assert sorted(counts(sums)) == ["ECHO goodbye", "ECHO hello"]
        assert sum(counts(sums).values()) == lines
        assert not sums["errors"]
        hello = sums["rows"]["ECHO", "hello"]
        assert hello["total_content_length"] == len("hello\n") * hello["num_requests"]


def test_quickstart_on_the_server_that_its_readme_starts(ended, tmp_path):
    config, address = (EXAMPLES / "../quickstart/nginx.conf").read_text(), f"{LOOPBACK}:{free_port()}"
    assert config.count("127.0.0.1:8080") == 1
    (tmp_path / "nginx.conf").write_text(config.replace("127.0.0.1:8080", address))
    nginx = ended(Process("nginx", ["nginx", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]))
    rows = ["GET /", "GET /admin/orders", "GET /item?id=[id]", "GET /search", "POST /login"]

    def play(start_worker):
        stage = ended(Stage(lambda port: start_worker(port, "../quickstart/locustfile")))
        return run(stage, ["ShopUser", "AdminUser"], f"http://{address}", rows, requests=2)

    for sums in both(play):
        assert nginx.is_running()
        assert sorted(counts(sums)) == rows
        assert counts(sums)["POST /login"] == 4
        assert not sums["errors"]


def test_arguments(ended):
    options = {"category": "music", "items": 2, "api_key": "k3y"}

    def play(start_worker):
        server = ended(HttpServer())
        stage = ended(Stage(lambda port: start_worker(port, "arguments")))
        return run(stage, ["ShopUser"], server.url, ["GET /music/[item]"], options=options), server.requests()

    for sums, seen in both(play):
        assert not sums["errors"], "the key is wrong"
        assert set(seen) == {"GET /music/0", "GET /music/1"}
        assert counts(sums) == {"GET /music/[item]": sum(seen.values())}


def test_mqtt_bench(ended, tmp_path):
    """Subscribers and publishers in two processes, as with emqtt_bench: %i pairs them."""
    broker = ended(Mosquitto(tmp_path))
    locustfile = REPOSITORY / "examples" / "mqtt-bench" / "locustfile.cpp"
    compile_once(locustfile)

    def start(name: str, *arguments) -> Process:
        options = ["--headless", "-r", 100, "--csv", tmp_path / name, "-H", f"mqtt://{LOOPBACK}:{broker.port}"]
        topic = ["--topic", "bench/%i/%u", "--username", "user-%i", "--qos", 1, "--payload-hdrs", "cnt64,ts"]
        return ended(run_binary("-f", locustfile, *options, *topic, *arguments))

    subscribers = start("sub", "Conn", "Sub", "-u", 6)
    broker.wait_until(lambda: broker.count("Received SUBSCRIBE") == 3 and broker.count("New client connected") == 6)
    publishers = start("pub", "Pub", "-u", 3, "--limit", 5, "--interval_of_msg", 20, "--size", 100)
    broker.wait_until(lambda: broker.sent()[1] == 15)

    def rows_of(name: str, process: Process) -> dict[str, tuple[int, int, float]]:
        """Requests, failures and bytes."""
        process.signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0, process.output
        rows = [row for row in csv_rows(tmp_path / f"{name}_stats.csv")[1:] if row[0]]
        return {row[1]: (int(row[2]), int(row[3]), float(row[8])) for row in rows}

    topic = "1:bench/%i/%u"
    assert rows_of("pub", publishers) == {"connect": (3, 0, 0), f"publish:{topic}": (15, 0, 116)}
    assert rows_of("sub", subscribers) == {
        "connect": (6, 0, 0),
        f"subscribe:{topic}": (3, 0, 0),
        f"receive:{topic}": (15, 0, 116),
    }
    assert broker.count(r"'bench/([012])/user-\1', ... \(116 bytes\)") == 30


def test_messages(ended):
    def play(start_worker):
        stage = ended(Stage(lambda port: start_worker(port, "messages")))
        stage.wait_connected()
        stage.master.send("accounts", [{"name": f"account{number}"} for number in range(20)])
        return stage.wait("acknowledge_accounts").data

    assert both(play) == ["Thanks for the 20 accounts!"] * 2


def test_two_python_workers_and_ours_use_each_row_of_a_csv_file_once(ended):
    server = ended(HttpServer())
    port = free_port()
    master = ended(
        Process(
            "stock master",
            [
                *(VENV / "bin" / "locust", "-f", "csv_data.py", "--master", "--headless"),
                *("--master-bind-host", LOOPBACK, "--master-bind-port", port, "--host", server.url),
                *("--expect-workers", 3, "--users", 9, "--spawn-rate", 100, "--run-time", "10s"),
            ],
            cwd=EXAMPLES,
        )
    )
    for start_worker in (stock_worker, stock_worker, cpp_worker):
        ended(start_worker(port, "csv_data"))
    users = [f"user{number:03}" for number in range(120)]
    deadline = time.monotonic() + PATIENCE
    while sum(server.requests().values()) < len(users) and time.monotonic() < deadline:
        time.sleep(0.1)
    master.wait()
    assert server.requests() == Counter({f"POST /accounts/{user}": 1 for user in users})
    assert master.matching(r"POST +/accounts/\[user\] +120 +0\(0\.00%\)")
