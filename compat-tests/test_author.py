"""A locustfile author's tools with a stock master: the stub and its check, arguments, the class picker, logs,
exceptions, --config-users, --debug-user."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from support.ports import free_port
from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES, OLD_MASTERS, REPOSITORY, VENV, venv_of
from support.web_ui import WebUi
from support.workers import cpp_worker, stock_master, stock_worker

AUTHOR = LOCUSTFILES / "author.cpp"


def run(*arguments, locustfile=AUTHOR, **options):
    """cpp-worker to its end."""
    env = {
        "PATH": "/usr/bin:/bin",
        "CPPWORKER_CACHE_DIR": str(REPOSITORY / "build" / "compat-cache"),
        "CPPWORKER_PYTHON": str(VENV / "bin" / "python"),
    }
    return subprocess.run(
        [BINARY, "-f", locustfile, *arguments], env=env, capture_output=True, text=True, timeout=COMPILE_PATIENCE, **options
    )


@pytest.fixture
def stub(tmp_path) -> Path:
    """The master's locustfile as --print-locustfile writes it."""
    done = run("--print-locustfile")
    assert done.returncode == 0, done.stderr
    file = tmp_path / "author.py"
    file.write_text(done.stdout)
    return file


class Cluster:
    def __init__(self, ended, stub: Path, *options, venv=VENV, worker_options=()):
        self.port, web_port = free_port(), free_port()
        self.master = ended(
            stock_master(
                self.port, stub, venv=venv, cwd=stub.parent, options=["--web-port", web_port, *options]
            )
        )
        self.ui = WebUi(web_port)
        self.worker = ended(cpp_worker(self.port, AUTHOR, options=worker_options))
        self.worker.expect("Connected to the master")

    def names(self, method: str) -> set[str]:
        return {row["name"] for row in self.ui.stats()["stats"] if row["method"] == method}

    def wait_name(self, method: str, name: str) -> None:
        self.ui.wait_until(
            lambda stats: any(r["method"] == method and r["name"] == name for r in stats["stats"]), f"{method} {name}"
        )


def test_arguments_of_the_locustfile_reach_the_users_and_change_between_runs(ended, stub):
    cluster = Cluster(ended, stub, "--count", "5")
    page = cluster.ui.page()
    for field in ("category", "count", "key", "country"):
        assert f'"{field}"' in page, "a field of the web UI's form"
    assert "cpp_worker_locustfile" not in json.dumps(extra_options(page))
    cluster.ui.swarm(3)
    cluster.wait_name("BUY", "books")
    cluster.wait_name("COUNT", "5")
    cluster.ui.stop()
    cluster.ui.swarm(3, category="cars", count="7")
    cluster.wait_name("BUY", "cars")
    cluster.wait_name("COUNT", "7")
    assert not cluster.worker.matching("another version")


def extra_options(page: str):
    match = re.search(r"window.templateArgs = (\{.*\})", page)
    return json.loads(match[1])["extra_options"] if match else {}


def test_the_class_picker_changes_tasks_and_attributes(ended, stub):
    cluster = Cluster(ended, stub, "--class-picker", worker_options=["--config-users", CONFIG])
    cluster.ui.swarm(2, user_classes="BuyerUser")
    cluster.wait_name("LOOK", "of the command line")
    cluster.ui.change_class({"user_class_name": "BuyerUser", "tasks": ["look"], "sku": "A1", "weight": 2})
    cluster.wait_name("LOOK", "A1")
    bought = next(r["num_requests"] for r in cluster.ui.stats()["stats"] if r["method"] == "BUY")
    looked = cluster.ui.requests("LOOK A1")
    cluster.ui.wait_requests(looked + 20, "LOOK A1")
    after = next(r["num_requests"] for r in cluster.ui.stats()["stats"] if r["method"] == "BUY")
    assert after - bought <= 4, "what was on its way when the tasks changed"


CONFIG = json.dumps({"user_class_name": "BuyerUser", "sku": "of the command line"})


def test_the_logs_tab_shows_the_workers_log_and_the_exceptions_tab_one_row_per_kind(ended, stub):
    cluster = Cluster(ended, stub)
    cluster.ui.swarm(2)
    cluster.ui.wait_for(lambda: sum(e["count"] for e in cluster.ui.exceptions()) >= 3, "three exceptions")
    (row,) = cluster.ui.exceptions()
    assert row["msg"] == "std::out_of_range: no item 1", "the first of its kind"
    throw = next(n for n, text in enumerate(AUTHOR.read_text().splitlines(), 1) if "throw std::out_of_range" in text)
    place = f'  in BreakingUser.break_down\n    File "author.cpp", line {throw}, in BreakingUser::break_down'
    assert row["traceback"] == place + "\n    std::out_of_range\n"
    cluster.ui.wait_for(lambda: any("Connected to the master" in line for line in cluster.ui.worker_logs()), "the log")
    cluster.ui.wait_for(lambda: any("no item" in line for line in cluster.ui.worker_logs()), "an exception in the log")
    line = next(line for line in cluster.ui.worker_logs() if "no item" in line)
    assert re.search(rf"/ERROR/cpp-worker: std::out_of_range: no item \d+\n{place}\n    std::out_of_range$", line)


def test_a_master_with_another_version_of_the_locustfile_is_told_once(ended, stub):
    text = stub.read_text()
    assert text.count('\\"weight\\": 2') == 1
    stub.write_text(text.replace('\\"weight\\": 2', '\\"weight\\": 7'))
    cluster = Cluster(ended, stub)
    cluster.ui.swarm(2)
    cluster.worker.expect(r"WARNING.*another version.*BuyerUser.weight is 7 on the master and 2 on this worker")
    said = lambda: [e for e in cluster.ui.exceptions() if "another version" in e["msg"]]  # noqa: E731
    cluster.ui.wait_for(lambda: len(said()) == 1, "the exception in the web UI")
    cluster.ui.swarm(3)
    cluster.ui.wait_requests(20)
    assert said()[0]["count"] == 1


def test_check_agrees_with_the_printed_file_where_sets_have_tags(tmp_path):
    tagged = tmp_path / "tagged.cpp"
    tagged.write_text(
        "#include <cppworker/locust.hpp>\n"
        "using namespace cppworker;\n"
        "class TaggedUser : public User {\n"
        " public:\n"
        "  struct Set : TaskSet<TaggedUser> {\n"
        "    void inner() {}\n"
        "    void slow() {}\n"
        "    static constexpr auto tasks() {\n"
        '      return task_list(task<&Set::inner>(), task<&Set::slow>({.tags = {"slow"}}));\n'
        "    }\n"
        "  };\n"
        "  void plain() {}\n"
        "  static constexpr auto tasks() {\n"
        '    return task_list(task<&TaggedUser::plain>({.tags = {"plain"}}), task<Set>({.tags = {"set"}}));\n'
        "  }\n"
        "};\n"
        "CPPWORKER_LOCUSTFILE(TaggedUser)\n"
    )
    stub = tmp_path / "tagged.py"
    stub.write_text(run("--print-locustfile", locustfile=tagged).stdout)
    assert run("--check", stub, locustfile=tagged).stdout == f"{stub} and the C++ locustfile agree.\n"


def test_check_compares_a_python_locustfile(stub, tmp_path):
    assert run("--print-locustfile", "--check", stub).stdout == f"{stub} and the C++ locustfile agree.\n"
    other = tmp_path / "other.py"
    other.write_text(
        "from locust import User, task\n"
        "class BuyerUser(User):\n    weight = 5\n    @task(3)\n    def buy(self): pass\n    @task\n    def gaze(self): pass\n"
        "class BreakingUser(User):\n    fixed_count = 1\n    @task\n    def break_down(self): pass\n"
    )
    done = run("--print-locustfile", "--check", other)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:3] == [
        "BuyerUser.weight is 5 on the master and 2 on this worker",
        "BuyerUser.tasks.gaze is only in the master's locustfile",
        "BuyerUser.tasks.look is only in this worker's locustfile",
    ]


@pytest.mark.parametrize("version", OLD_MASTERS)
def test_the_stub_is_read_by_an_old_locust(stub, version):
    done = subprocess.run([venv_of(version) / "bin" / "locust", "-f", stub, "--list"], capture_output=True, text=True)
    assert "BuyerUser" in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr


def test_user_code_may_quit_its_worker(ended, stub):
    with stub.open("a") as file:
        file.write(QUIT_AT_SPAWNING_COMPLETE)
    cluster = Cluster(ended, stub)
    cluster.ui.swarm(1)
    assert cluster.worker.wait() == 0
    cluster.worker.expect(r"runner.quit\(\)")
    cluster.master.expect("quit")


def test_user_code_may_stop_its_workers_users(ended, stub):
    with stub.open("a") as file:
        file.write(QUIT_AT_SPAWNING_COMPLETE.replace("quit_please", "stop_please"))
    cluster = Cluster(ended, stub)
    cluster.ui.swarm(2)
    cluster.ui.wait_requests(1)
    cluster.ui.wait_until(lambda stats: stats["user_count"] == 0, "no users")
    assert cluster.worker.is_running()
    requests = cluster.ui.requests()
    cluster.ui.swarm(3)
    cluster.ui.wait_requests(requests + 1)
    cluster.ui.wait_until(lambda stats: stats["user_count"] == 0, "no users once more")
    assert cluster.worker.is_running()


QUIT_AT_SPAWNING_COMPLETE = """

@events.spawning_complete.add_listener
def quit_worker(user_count, **_):
    environment.runner.send_message("quit_please")


@events.init.add_listener
def keep(environment, **_):
    globals()["environment"] = environment
"""


@pytest.mark.parametrize(("precision", "shown"), [("2", 0.35), ("3", 0.352), ("locust", 0)])
def test_times_below_a_millisecond_are_told_apart(ended, stub, tmp_path, precision, shown):
    options = ["--csv", tmp_path / "run"]
    cluster = Cluster(ended, stub, *options, worker_options=[f"--response-time-precision={precision}"])
    cluster.ui.swarm(2)
    cluster.wait_name("PRECISE", "x")
    (row,) = [row for row in cluster.ui.stats()["stats"] if row["method"] == "PRECISE"]
    assert row["response_time_percentile_0.95"] == shown
    assert row["avg_response_time"] == pytest.approx(0.352)
    assert row["median_response_time"] == pytest.approx(0.352), "Locust keeps it between minimum and maximum"
    assert row["min_response_time"] == row["max_response_time"] == 0, "whole in the web UI, exact in the CSV file"
    cluster.ui.stop()
    (line,) = [row for row in percentiles_of_report(cluster.ui) if row["method"] == "PRECISE"]
    assert {value for key, value in line.items() if key.startswith("0.") or key == "1.0"} == {shown}
    cluster.master.signal(signal.SIGTERM)
    cluster.master.wait()
    cluster.master.expect(r"PRECISE\s+x\s+0\s+0\s")  # the console's percentiles are whole
    (line,) = [line for line in (tmp_path / "run_stats.csv").read_text().splitlines() if line.startswith("PRECISE,x,")]
    median_average_minimum_maximum = [float(field) for field in line.split(",")[4:8]]
    assert median_average_minimum_maximum == pytest.approx([0.352] * 4)
    assert line.split(",")[-11:] == ["0"] * 11


def percentiles_of_report(ui: WebUi):
    """The table "Response Time Statistics" of the HTML report."""
    data = ui.report().rpartition("window.templateArgs = ")[2]
    return json.JSONDecoder().raw_decode(data)[0]["response_time_statistics"]


PYTHON_TWIN = """
from locust import User, constant, task


class BuyerUser(User):
    wait_time = constant(0.2)

    @task
    def look(self):
        self.environment.events.request.fire(
            request_type="PRECISE", name="x", response_time=0.352, response_length=0, exception=None)


class BreakingUser(User):
    fixed_count = 1
    wait_time = constant(0.3)

    @task
    def break_down(self):
        pass
"""


def test_a_cluster_of_both_counts_the_times_of_both(ended, stub, tmp_path):
    """What a percentile shows then is a step of one of the two; averages are exact."""
    twin = tmp_path / "twin.py"
    twin.write_text(PYTHON_TWIN)
    cluster = Cluster(ended, stub)
    ended(stock_worker(cluster.port, str(twin.with_suffix(""))))
    cluster.master.expect("reported as ready", count=2)
    cluster.ui.swarm(20)
    cluster.ui.wait_requests(300, "PRECISE x")
    cluster.ui.stop()
    (row,) = [row for row in cluster.ui.stats()["stats"] if row["method"] == "PRECISE"]
    assert row["avg_response_time"] == pytest.approx(0.352)
    (line,) = [row for row in percentiles_of_report(cluster.ui) if row["method"] == "PRECISE"]
    assert line["1.0"] == 0.35, "ours are the larger ones"
    assert {value for key, value in line.items() if key.startswith("0.") or key == "1.0"} == {0, 0.35}


def test_one_process_as_several_workers(ended, stub):
    cluster = Cluster(ended, stub, worker_options=["--workers", "2"])
    cluster.ui.wait_until(lambda stats: len(stats["workers"]) == 2, "two workers")
    cluster.ui.swarm(5)
    cluster.ui.wait_until(lambda stats: stats["user_count"] == 5, "all users")
    stats = cluster.ui.stats()
    assert sorted(worker["user_count"] for worker in stats["workers"]) == [2, 3]
    cluster.ui.wait_requests(20)
    cluster.worker.signal(signal.SIGTERM)
    assert cluster.worker.wait() == 0
    cluster.ui.wait_until(lambda stats: not stats["workers"], "both have left")


def test_a_signal_reaches_the_worker_that_outlives_the_others(ended, stub):
    with stub.open("a") as file:
        file.write(QUIT_ALL_BUT_ONE)
    cluster = Cluster(ended, stub, worker_options=["--workers", "4"])
    cluster.master.expect("reported as ready", count=4)
    cluster.ui.swarm(4)
    cluster.ui.wait_until(lambda stats: len(stats["workers"]) == 1, "one worker left")
    assert cluster.worker.is_running()
    cluster.worker.signal(signal.SIGTERM)
    assert cluster.worker.wait() == 0


QUIT_ALL_BUT_ONE = """

@events.spawning_complete.add_listener
def quit_most_workers(user_count, **_):
    for client in sorted(environment.runner.clients)[1:]:
        environment.runner.send_message("quit_please", client_id=client)


@events.init.add_listener
def keep(environment, **_):
    globals()["environment"] = environment
"""


def test_one_worker_per_thread_and_all_end_with_the_master(ended, stub):
    cluster = Cluster(ended, stub, worker_options=["--threads", "3", "--workers", "auto"])
    cluster.master.expect("reported as ready", count=3)
    cluster.ui.swarm(7)
    cluster.ui.wait_until(lambda stats: stats["user_count"] == 7, "all users")
    workers = cluster.ui.stats()["workers"]
    assert sorted(worker["user_count"] for worker in workers) == [2, 2, 3]
    assert len({worker["id"] for worker in workers}) == 3
    cluster.ui.wait_until(
        lambda stats: all(worker["memory_usage"] > 0 for worker in stats["workers"]), "memory of all"
    )
    cluster.master.signal(signal.SIGTERM)
    assert cluster.worker.wait() == 0


@pytest.mark.parametrize("index", [0, 1])
def test_user_code_may_quit_one_of_several_workers(ended, stub, index):
    """Whichever it is: the other one goes on, and hears of signals."""
    with stub.open("a") as file:
        file.write(QUIT_ONE_AT_SPAWNING_COMPLETE.replace("INDEX", str(index)))
    cluster = Cluster(ended, stub, worker_options=["--workers", "2"])
    cluster.master.expect("reported as ready", count=2)
    cluster.ui.swarm(4)
    cluster.ui.wait_until(lambda stats: len(alive(stats)) == 1, "one worker left")
    requests = cluster.ui.requests()
    cluster.ui.wait_requests(requests + 20)
    cluster.worker.signal(signal.SIGTERM)
    assert cluster.worker.wait() == 0
    cluster.ui.wait_until(lambda stats: not alive(stats), "none left")


def test_a_blocked_thread_of_one_worker_does_not_end_the_others(ended, stub):
    """A process with nobody else to care for ends two seconds after its worker; here one goes on."""
    with stub.open("a") as file:
        text = QUIT_ONE_AT_SPAWNING_COMPLETE.replace("quit_please", "quit_while_blocked_please")
        file.write(text.replace("INDEX", "0"))
    cluster = Cluster(ended, stub, worker_options=["--workers", "2"])
    cluster.master.expect("reported as ready", count=2)
    cluster.ui.swarm(8)
    cluster.ui.wait_until(lambda stats: len(alive(stats)) == 1, "one worker left")
    requests = cluster.ui.requests()
    cluster.ui.wait_requests(requests + 400)  # at most 80 a second
    cluster.worker.signal(signal.SIGTERM)
    assert cluster.worker.wait() == 0
    cluster.worker.expect("blocking a thread; exiting anyway")


QUIT_ONE_AT_SPAWNING_COMPLETE = """

@events.spawning_complete.add_listener
def quit_worker(user_count, **_):
    clients = environment.runner.clients
    if len(clients) == 2:
        environment.runner.send_message("quit_please", client_id=list(clients)[INDEX])


@events.init.add_listener
def keep(environment, **_):
    globals()["environment"] = environment
"""


def test_a_killed_process_of_several_workers_is_missed_as_all_of_them(ended, stub):
    cluster = Cluster(ended, stub, worker_options=["--workers", "2"])
    other = ended(cpp_worker(cluster.port, AUTHOR))
    cluster.master.expect("reported as ready", count=3)
    cluster.ui.swarm(6)
    cluster.ui.wait_until(lambda stats: stats["user_count"] == 6, "all users")
    cluster.worker.signal(signal.SIGKILL)
    cluster.master.expect("failed to send heartbeat", count=2)
    cluster.ui.wait_until(lambda stats: len(alive(stats)) == 1, "one worker left")
    assert other.is_running()


def alive(stats):
    return [worker for worker in stats["workers"] if worker["state"] != "missing"]


def test_config_users_of_an_unknown_class_end_the_worker():
    done = run("--config-users", '{"user_class_name": "Nobody"}')
    assert done.returncode == 1
    assert "not present in your locustfile: 'Nobody'" in done.stderr


def test_debug_user_prints_what_it_does():
    done = run("--debug-user", "BuyerUser", "--iterations", "8", "--category", "toys", cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    rows = [re.split(r"\s*\t", line) for line in done.stdout.splitlines() if line]
    assert rows[0][:5] == ["type", "name", "resp_ms", "length", "exception"]
    assert {tuple(row[:3]) for row in rows[1:]} <= {("BUY", "toys", "1"), ("COUNT", "3", "1"), ("LOOK", "none", "1"), ("PRECISE", "x", "0")}
    assert len([row for row in rows if row[0] in ("BUY", "LOOK")]) == 8


def test_debug_user_under_a_debugger():
    env = {"CPPWORKER_CACHE_DIR": str(REPOSITORY / "build" / "compat-cache"), "PATH": "/usr/bin:/bin", "HOME": "/"}
    done = subprocess.run(
        ["gdb", "-batch", "-nx", "-iex", "set debuginfod enabled off", "-ex", "set breakpoint pending on",
         "-ex", "break BuyerUser::look", "-ex", "run", "-ex", "bt 3", "-ex", "kill",
         "--args", BINARY, "-f", AUTHOR, "--debug-user", "BuyerUser"],
        env=env, capture_output=True, text=True, timeout=COMPILE_PATIENCE,
    )  # fmt: skip
    assert re.search(r"Breakpoint 1, BuyerUser::look \(this=0x\w+\) at .*author\.cpp:\d+", done.stdout), done.stdout
    assert re.search(r"^#1 .*", done.stdout, re.M)


GREEDY = """
#include <vector>

#include <cppworker/locust.hpp>

class GreedyUser : public cppworker::User {
 public:
  void grab() {
    std::vector<char> all;
    all.reserve(std::size_t{1} << 46);
  }
  static constexpr auto tasks() { return cppworker::task_list(cppworker::task<&GreedyUser::grab>()); }
};

CPPWORKER_LOCUSTFILE(GreedyUser)
"""


def test_a_task_that_gets_no_memory_fails_and_the_next_one_runs(tmp_path):
    """In a shared object, too, whose operator new is found behind the worker's libraries."""
    locustfile = tmp_path / "greedy.cpp"
    locustfile.write_text(GREEDY)
    done = subprocess.run(
        [BINARY, "-f", locustfile, "--debug-user", "GreedyUser", "--iterations", "2"],
        env={"CPPWORKER_CACHE_DIR": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin", "HOME": "/"},
        capture_output=True, text=True, timeout=COMPILE_PATIENCE,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("in GreedyUser.grab") == 2, done.stderr
    assert "bad_alloc" in done.stderr
