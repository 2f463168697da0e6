"""Start-up in bad surroundings: too few files, threads or memory, closed standard files, signals while compiling.

Each ends in a sentence and an exit code, never in a crash, and leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support import pids_cgroup
from support.pids_cgroup import PidsCgroup
from support.ports import free_port
from support.processes import Process
from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, PATIENCE
from support.stage import Stage
from support.workers import CACHE, compile_once, run_binary

SHOP = LOCUSTFILES / "shop.cpp"
SMALL = """#include <cppworker/locust.hpp>
using namespace cppworker;
struct A : User {
  static constexpr WaitTime wait_time = constant(Seconds(1));
  void t() {}
  static constexpr auto tasks() { return task_list(task<&A::t>()); }
};
CPPWORKER_LOCUSTFILE(A)
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="a namespace needs root")
AS_PID_1 = ["unshare", "--pid", "--fork", "--kill-child"]


def redirected(redirections: str) -> list[str]:
    """Comes before a command: closes or redirects its standard files as a shell does."""
    return ["sh", "-c", f'exec "$@" {redirections}', "sh"]


# Standard files


@pytest.mark.parametrize("closed", ["0", "1", "2", "012"])
def test_closed_standard_files(ended, closed):
    """As a daemon is started. No connection gets the number of a file that is closed."""
    compile_once(SHOP)
    prefix = redirected(" ".join(f"{number}>&-" for number in closed))
    stage = ended(
        Stage(
            lambda port: run_binary(
                "-f", SHOP, f"--master-host={LOOPBACK}", f"--master-port={port}", prefix=prefix
            )
        )
    )
    stage.wait_connected()
    for number in closed:
        assert os.readlink(f"/proc/{stage.worker.pid}/fd/{number}") == "/dev/null"


def test_compiling_with_all_standard_files_closed(ended, tmp_path):
    source = tmp_path / "small.cpp"
    source.write_text(SMALL)
    log = tmp_path / "log"
    worker = ended(
        run_binary(
            *("-f", source, "--logfile", log, "--connect-timeout=1"),
            *(f"--master-host={LOOPBACK}", f"--master-port={free_port()}"),
            env={"CPPWORKER_CACHE_DIR": str(tmp_path / "cache")},
            prefix=redirected("0<&- 1>&- 2>&-"),
        )
    )
    assert worker.wait(COMPILE_PATIENCE) == 1
    assert "Compiled" in log.read_text()
    assert "No Locust master answered" in log.read_text()


@pytest.mark.parametrize(
    ("output", "reason"),
    [(">/dev/full", "No space left on device"), (">&-", "it is closed"), ("| true", "Broken pipe")],
)
@pytest.mark.parametrize("option", ["--list", "--print-locustfile", "--help", "--version"])
def test_output_that_cannot_be_written(ended, option, output, reason):
    compile_once(SHOP)
    command = f'sleep 0.1; "$@"; echo "exit code $?" >&2' if output == "| true" else 'exec "$@"'
    if output == "| true":  # `true` has ended when something is written
        prefix = ["sh", "-c", f"{{ {command}; }} {output}", "sh"]
    else:
        prefix = redirected(output)
    process = ended(run_binary("-f", SHOP, option, prefix=prefix))
    code = process.wait()
    if output == "| true":
        process.expect("exit code 1$")
    else:
        assert code == 1, process.output
    process.expect(f"Could not write to standard output: {reason}")


@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_debug_user_whose_output_cannot_be_written(ended, output):
    compile_once(SHOP)
    process = ended(run_binary("-f", SHOP, "--debug-user", "EchoUser", prefix=redirected(output)))
    assert process.wait() == 1
    process.expect("Can't write requests to standard output")


def test_debug_user_without_a_host(ended):
    compile_once(SHOP)
    process = ended(run_binary("-f", SHOP, "--debug-user", "ShopUser"))
    assert process.wait() == 1
    assert len(process.matching("You must specify the base host")) == 1


def test_users_without_a_host(ended):
    """As on a stock worker none is started. The log and the master hear of it once per thread and run."""
    compile_once(SHOP)
    stage = ended(
        Stage(
            lambda port: run_binary(
                "-f", SHOP, f"--master-host={LOOPBACK}", f"--master-port={port}", "--threads=1"
            )
        )
    )
    stage.wait_connected()
    for users in (10, 20):
        stage.step(f"{users} users")
        stage.master.spawn({"ShopUser": users, "EchoUser": 1})
        reached = stage.wait("spawning_complete")
        assert reached.data["user_classes_count"] == {"ShopUser": 0, "SlowShopUser": 0, "EchoUser": 1}
    exceptions = [m.data["msg"] for m in stage.master.messages if m.type == "exception"]
    assert len(exceptions) == 1
    assert exceptions[0].startswith("You must specify the base host")
    assert len(stage.worker.matching("You must specify the base host")) == 1


# Limits


def ends_with_a_sentence(process: Process, *parts: str) -> None:
    assert process.wait() == 1, process.output
    assert not process.matching("terminate called|Assert|src/.*:[0-9]+\\)")
    for part in parts:
        assert part in process.output


def start(*options, prefix) -> Process:
    compile_once(SHOP)
    arguments = ["-f", SHOP, f"--master-host={LOOPBACK}", f"--master-port={free_port()}"]
    return run_binary(*arguments, "--connect-timeout=1", *options, prefix=prefix)


@pytest.mark.parametrize("files", [5, 8, 12, 16, 20, 24, 28])
def test_few_files(ended, files):
    process = ended(start("--threads=2", prefix=["prlimit", f"--nofile={files}"]))
    ends_with_a_sentence(process, "Too many open files", f"at most {files} files", "ulimit -n")


def test_few_files_for_several_workers(ended):
    process = ended(start("--threads=4", "--workers=4", prefix=["prlimit", "--nofile=80"]))
    ends_with_a_sentence(process, "Too many open files", "ulimit -n")


@pytest.mark.parametrize("megabytes", [45, 50, 60, 70])
def test_little_memory(ended, megabytes):
    process = ended(start("--threads=2", prefix=["prlimit", f"--as={megabytes << 20}"]))
    ends_with_a_sentence(process, f"{megabytes} MiB of memory (ulimit -v)")


@pytest.mark.skipif(pids_cgroup.why_not_here() is not None, reason=str(pids_cgroup.why_not_here()))
@pytest.mark.parametrize(
    ("most", "options"),
    [(most, ["--threads=4"]) for most in (1, 2, 4, 5, 6)] + [(14, ["--threads=4", "--workers=4"])],
)
def test_few_threads(ended, most, options):
    cgroup = ended(PidsCgroup(most))
    process = ended(start(*options, prefix=cgroup.prefix))
    ends_with_a_sentence(process, "No more threads", f"{most} processes and threads of this cgroup")


def test_memory_for_stacks_runs_out(ended):
    """Users that find no stack try again; the others and the worker live. 64 stacks are mapped at once."""
    stacks = LOCUSTFILES / "stacks.cpp"
    compile_once(stacks)
    stage = ended(
        Stage(
            lambda port: run_binary(
                *("-f", stacks, f"--master-host={LOOPBACK}", f"--master-port={port}"),
                *("--threads=1", "--stack-size=8M"),
            )
        )
    )
    stage.wait_connected()
    limit_memory(stage.worker.pid, 800 << 20)  # the first 64 take 512 MiB
    stage.step("too few stacks")
    stage.master.spawn({"Holder": 70})
    stage.wait("spawning_complete", lambda data: data["user_count"] == 70)
    error = stage.wait("exception")
    assert "no memory for the stack of a user of Holder" in error.data["msg"]
    limit_memory(stage.worker.pid, None)
    stage.wait_counted("TASK", "begun", 70)
    stage.master.send("quit")
    assert stage.wait_exit() == 0
    assert stage.worker.matching("no memory for the stack of a user")


def test_memory_for_the_stack_of_a_hook_runs_out(ended):
    compile_once(SHOP)
    stage = ended(
        Stage(
            lambda port: run_binary(
                *("-f", SHOP, f"--master-host={LOOPBACK}", f"--master-port={port}"),
                *("--threads=1", "--stack-size=8M"),
            )
        )
    )
    stage.wait_connected()
    limit_memory(stage.worker.pid, 100 << 20)
    stage.step("no stack")
    stage.master.spawn({"EchoUser": 1})
    stage.worker.expect("WARNING.*no memory for the stack of Environment.hook")
    limit_memory(stage.worker.pid, None)
    stage.wait_counted("ECHO", "ping", 1)


def test_memory_of_a_task_runs_out(ended, tmp_path):
    """A std::bad_alloc is an exception as any other: the user and the others go on."""
    greedy = LOCUSTFILES / "process_faults.cpp"
    compile_once(greedy)
    count = tmp_path / "count"
    stage = ended(
        Stage(
            lambda port: run_binary(
                *("-f", greedy, f"--master-host={LOOPBACK}", f"--master-port={port}", "--threads=2"),
                env={"COUNT": str(count)},
            )
        )
    )
    stage.wait_connected()
    limit_memory(stage.worker.pid, 200 << 20)
    for step in ("spawn", "again"):
        stage.step(step)
        stage.master.spawn({"Greedy": 1, "Busy": 1})
        error = stage.wait("exception", lambda data: data["msg"] == "std::bad_alloc: std::bad_alloc")
        assert "in Greedy.grow" in error.data["traceback"]
        stage.wait("stats", lambda data: data["stats_total"]["num_requests"] > 0)
    stage.master.send("quit")
    assert stage.wait_exit() == 0


def limit_memory(pid: int, more: int | None) -> None:
    """Of a running process: this much address space beyond what it has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    most = "unlimited" if more is None else pages * os.sysconf("SC_PAGESIZE") + more
    subprocess.run(["prlimit", f"--pid={pid}", f"--as={most}:unlimited"], check=True)


# Signals before the run


@pytest.fixture
def slow_program(tmp_path):
    """Takes the place of a compiler or of Python: two processes that never end."""
    program = tmp_path / "slow"
    program.write_text(
        f"#!/bin/sh\ncd {tmp_path}\nsleep 1000 &\necho $$ $! >pids.new\nmv pids.new pids\nwait\n"
    )
    program.chmod(0o755)
    return program


def pids_of(program: Path) -> list[int]:
    file = program.with_name("pids")
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline, "the program was not started"
        time.sleep(0.02)
    return [int(pid) for pid in file.read_text().split()]


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def assert_all_ended(pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not all(has_ended(pid) for pid in pids):
        assert time.monotonic() < deadline, "the worker has ended, but not what it started"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("options", [[], ["--list"], ["--check-races"]], ids=["run", "list", "races"])
def test_signal_while_compiling(ended, tmp_path, slow_program, number, options):
    """As stock Locust while it imports the locustfile: the signal ends it."""
    cache = tmp_path / "cache"
    worker = ended(
        run_binary(
            *("-f", SHOP, *options),
            env={"CPPWORKER_CXX": str(slow_program), "CPPWORKER_CACHE_DIR": str(cache)},
        )
    )
    pids = pids_of(slow_program)
    worker.signal(number)
    assert worker.wait() == -number
    assert_all_ended(pids)
    assert [file.suffix for file in cache.iterdir()] == [".lock"]


@needs_root
def test_sigterm_while_compiling_as_pid_1(ended, tmp_path, slow_program):
    """`docker stop`: the kernel gives PID 1 no default action."""
    worker = ended(
        run_binary(
            *("-f", SHOP),
            env={"CPPWORKER_CXX": str(slow_program), "CPPWORKER_CACHE_DIR": str(tmp_path / "cache")},
            prefix=AS_PID_1,
        )
    )
    pids_of(slow_program)
    first = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()[0]
    os.kill(int(first), signal.SIGTERM)
    assert worker.wait() == 128 + signal.SIGTERM
    worker.expect("Ended by signal 15")


def test_signal_while_another_python_locustfile_is_described(ended, slow_program):
    compile_once(SHOP)
    worker = ended(
        run_binary(
            *("-f", SHOP, "--print-locustfile", "--check", LOCUSTFILES / "shop.py"),
            env={"CPPWORKER_PYTHON": str(slow_program)},
        )
    )
    pids = pids_of(slow_program)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == -signal.SIGTERM
    assert_all_ended(pids)


def test_signal_while_an_init_function_hangs(ended, tmp_path):
    source = tmp_path / "hangs.cpp"
    source.write_text(
        SMALL
        + "#include <unistd.h>\n"
        + 'void hang(Environment&) { (void)!::write(2, "hangs\\n", 6); while (true) ::pause(); }\n'
        + "CPPWORKER_INIT(hang)\n"
    )
    worker = ended(run_binary("-f", source, f"--master-host={LOOPBACK}", f"--master-port={free_port()}"))
    worker.expect("^hangs", patience=COMPILE_PATIENCE)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == -signal.SIGTERM


# Compiling


def compiles(ended, source: Path, *, env=None, prefix=()) -> Process:
    process = ended(run_binary("-f", source, "--list", env=env, prefix=prefix))
    process.wait(COMPILE_PATIENCE)
    return process


@pytest.mark.parametrize(
    "env",
    [
        {"CPPWORKER_CACHE_DIR": "/proc/cache"},
        {"CPPWORKER_CACHE_DIR": "/dev/null/cache"},
        {"CPPWORKER_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": "/proc"},
    ],
    ids=["no folder", "no folder's name", "no home"],
)
def test_cache_that_cannot_be_made(ended, env):
    process = compiles(ended, SHOP, env=env)
    ends_with_a_sentence(process, "the cache of compiled locustfiles", "CPPWORKER_CACHE_DIR")


@needs_root
def test_full_disk_while_compiling(ended, tmp_path):
    mounted = tmp_path / "disk"
    mounted.mkdir()
    prefix = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size=40k tmpfs {mounted}; exec "$@"', "sh"]
    process = compiles(ended, SHOP, env={"CPPWORKER_CACHE_DIR": str(mounted / "cache")}, prefix=prefix)
    ends_with_a_sentence(process, "No space left on device", "Could not compile")


@needs_root
def test_read_only_disk_while_compiling(ended, tmp_path):
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = f"mount -t tmpfs tmpfs {mounted} && mkdir -m 700 {mounted}/cache && mount -o remount,ro {mounted}"
    prefix = ["unshare", "--mount", "sh", "-c", f'{mount}; exec "$@"', "sh"]
    process = compiles(ended, SHOP, env={"CPPWORKER_CACHE_DIR": str(mounted / "cache")}, prefix=prefix)
    ends_with_a_sentence(process, "Read-only file system", "Could not compile")


def test_no_folder_for_temporary_files(ended, tmp_path):
    """A compiler that finds no TMPDIR takes another folder."""
    source = tmp_path / "small.cpp"
    source.write_text(SMALL)
    process = compiles(ended, source, env={"TMPDIR": str(tmp_path / "nowhere")})
    process.expect("^ +A$")


def test_compiler_that_is_missing(ended):
    process = compiles(ended, SHOP, env={"CPPWORKER_CXX": "no-such-compiler"})
    ends_with_a_sentence(process, "Could not find the C++ compiler 'no-such-compiler'", "CPPWORKER_CXX")


def test_compiler_that_is_killed(ended, tmp_path):
    compiler = tmp_path / "killed"
    compiler.write_text("#!/bin/sh\nkill -9 $$\n")
    compiler.chmod(0o755)
    process = compiles(ended, SHOP, env={"CPPWORKER_CXX": str(compiler)})
    ends_with_a_sentence(process, "signal 9 ended the compiler", "out of memory")


@needs_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_locustfile_that_cannot_be_read(ended, tmp_path):
    source = tmp_path / "secret.cpp"
    source.write_text(SMALL)
    source.chmod(0)
    no_capabilities = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    process = compiles(ended, source, prefix=no_capabilities)
    ends_with_a_sentence(process, "secret.cpp", "Permission denied")
