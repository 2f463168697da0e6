"""docker/locust and docker/healthcheck without an engine: programs that stand in for Python Locust
and cpp-worker print how they were started."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCUST = ROOT / "docker" / "locust"
HEALTHCHECK = ROOT / "docker" / "healthcheck"
STOCK_PYTHON = ROOT / "build" / "venv" / "bin" / "python"

STAND_IN = """#!/bin/sh
case "$*" in
  *--print-locustfile*)
    echo "made by $(basename "$0")" "$@"
    exit "${STUB_EXIT_CODE:-0}"
    ;;
esac
printf '%s\\n' "$(basename "$0")" "$@" ""
stub=${4:-} # the argument of -f
cat "${stub%%,*}" 2>/dev/null || true
"""


class Started:
    def __init__(self, result):
        self.exit_code = result.returncode
        self.error = result.stderr
        command, _, rest = result.stdout.partition("\n\n")
        self.program, *self.arguments = command.split("\n")
        self.rest = rest

    def __eq__(self, command):
        return [self.program, *self.arguments] == shlex.split(command)

    def __repr__(self):
        return shlex.join([self.program, *self.arguments]) + f" [{self.exit_code}] {self.error}"


@pytest.fixture
def container(tmp_path):
    """`container(arguments, files, **environment)` runs the entrypoint in a folder with these files."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    shutil.copy(LOCUST, bin_folder / "locust")
    for program in "python", "cpp-worker":
        (bin_folder / program).write_text(STAND_IN)
        (bin_folder / program).chmod(0o755)

    def run(arguments="", files=(), **environment):
        home = tmp_path / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        for name in files:
            name, _, text = name.partition("=")
            file = home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text or STAND_IN)
            if not file.suffix:
                file.chmod(0o755)
        environment = {
            "HOME": str(home),
            "PATH": f"{bin_folder}:/usr/bin:/bin",
            "TMPDIR": str(tmp_path),
            **environment,
        }
        return Started(
            subprocess.run(
                [bin_folder / "locust", *shlex.split(arguments)],
                cwd=home, env=environment, capture_output=True, text=True, timeout=30,
            )
        )

    return run


PAIR = ("locustfile.py", "locustfile.cpp")

STARTED = [
    # A worker with a twin, and everything that names its file or its role.
    ("--worker", PAIR, {}, "cpp-worker -f locustfile.cpp --worker"),
    ("--worker", ("locustfile.py", "locustfile.so"), {}, "cpp-worker -f locustfile.so --worker"),
    ("--worker -f a.py", ("a.py", "a.cpp"), {}, "cpp-worker -f a.cpp --worker"),
    ("-fa.py --worker", ("a.py", "a.cpp"), {}, "cpp-worker -f a.cpp --worker"),
    ("-f=a.py --worker", ("a.py", "a.cpp"), {}, "cpp-worker -f a.cpp --worker"),
    ("--locustfile=a.py --worker", ("a.py", "a.cpp"), {}, "cpp-worker -f a.cpp --worker"),
    ("--locustfile a.py --worker", ("a.py", "a.cpp"), {}, "cpp-worker -f a.cpp --worker"),
    ("-f a.py -f b.py --worker", ("b.py", "b.cpp"), {}, "cpp-worker -f b.cpp --worker"),
    ("-f 'a.py, b.py' --worker", ("a.py", "a.cpp", "b.py", "b.cpp"), {}, "cpp-worker -f a.cpp,b.cpp --worker"),
    ("-f 'my file.py' --worker", ("my file.py", "my file.cpp"), {}, "cpp-worker -f 'my file.cpp' --worker"),
    ("-f a.cpp,libb.so --worker", ("a.cpp", "libb.so"), {}, "cpp-worker -f a.cpp,libb.so --worker"),
    ("-f a.cpp -T x y --worker -u 10 ShopUser", ("a.cpp",), {}, "cpp-worker -f a.cpp -T x y --worker -u 10 ShopUser"),
    ("--worker", PAIR, {"LOCUST_LOCUSTFILE": "a/b.cpp"}, "cpp-worker -f a/b.cpp --worker"),
    ("", PAIR, {"LOCUST_MODE_WORKER": "True"}, "cpp-worker -f locustfile.cpp"),
    ("", PAIR, {"LOCUST_MODE_WORKER": "1", "LOCUST_LOCUSTFILE": "main.py"}, "python -m locust"),
    ("", (*PAIR, "locust.conf=worker = true"), {}, "cpp-worker -f locustfile.cpp"),
    ("", (*PAIR, "locust.conf=# the role\n--worker"), {}, "cpp-worker -f locustfile.cpp"),
    ("", (*PAIR, "locust.conf=worker: yes ; of four"), {}, "cpp-worker -f locustfile.cpp"),
    ("", (*PAIR, ".locust.conf=worker true"), {}, "cpp-worker -f locustfile.cpp"),
    ("", (*PAIR, "pyproject.toml=[tool.locust]\nworker = true\n[tool.x]\nworker = false"), {}, "cpp-worker -f locustfile.cpp"),
    ("", (*PAIR, "pyproject.toml=[tool.other]\nworker = true"), {}, "python -m locust"),
    ("", (*PAIR, "locust.conf=worker = true"), {"LOCUST_MODE_WORKER": "false"}, "python -m locust"),
    ("--config c.conf", (*PAIR, "c.conf=worker = on"), {}, "cpp-worker -f locustfile.cpp --config c.conf"),
    ("--config=c.conf", (*PAIR, "c.conf=worker = 1"), {}, "cpp-worker -f locustfile.cpp --config=c.conf"),
    ("--worker", ("a.cpp", "locust.conf=locustfile = 'a.cpp'"), {}, "cpp-worker -f a.cpp --worker"),
    ("--worker", ("a.cpp", "b.cpp", "locust.conf=locustfile = b.cpp"), {"LOCUST_LOCUSTFILE": "a.cpp"}, "cpp-worker -f a.cpp --worker"),
    # Folders.
    ("--worker -f shop", ("shop/a.py", "shop/a.cpp", "shop/_b.py"), {}, "cpp-worker -f shop/a.cpp --worker"),
    ("--worker -f shop", ("shop/a.py", "shop/sub/b.py"), {}, "python -m locust --worker -f shop"),
    ("--worker -f shop", ("shop/a.cpp", "shop/..2026/a.cpp"), {}, "cpp-worker -f shop --worker"),
    ("--worker -f shop", ("shop/a.py", "shop/a.cpp", "shop/..2026/a.py"), {}, "cpp-worker -f shop/a.cpp --worker"),
    ("--worker -f shop", ("shop/README",), {}, "python -m locust --worker -f shop"),
    # An executable with cppworker::main is its own worker.
    ("--worker -f shop-worker -L DEBUG", ("shop-worker",), {}, "shop-worker --worker -L DEBUG"),
    ("-f sub/shop-worker --worker", ("sub/shop-worker",), {}, "shop-worker --worker"),
    # CPPWORKER_LOCUSTFILE counts instead of twins, but not instead of a locustfile in C++.
    ("--worker -f x.py", ("x.py", "x.cpp"), {"CPPWORKER_LOCUSTFILE": "/opt/shop.so"}, "cpp-worker -f /opt/shop.so --worker"),
    ("--worker -f x.cpp", ("x.cpp",), {"CPPWORKER_LOCUSTFILE": "/opt/shop.so"}, "cpp-worker -f x.cpp --worker"),
    ("--master", PAIR, {"CPPWORKER_LOCUSTFILE": "/opt/shop.so"}, "python -m locust --master"),
    # A run without a master.
    ("-f a.cpp --headless -u 1", ("a.cpp",), {}, "cpp-worker -f a.cpp --headless -u 1"),
    ("-u 1", ("locustfile.cpp",), {"LOCUST_HEADLESS": "true"}, "cpp-worker -f locustfile.cpp -u 1"),
    ("-f a.so --stages 1,2s", ("a.so",), {}, "cpp-worker -f a.so --stages 1,2s"),
    # Python only: the arguments are unchanged.
    ("--worker", ("locustfile.py",), {}, "python -m locust --worker"),
    ("--worker -f - --master-host m", PAIR, {}, "python -m locust --worker -f - --master-host m"),
    ("--worker -f http://host/x.py", PAIR, {}, "python -m locust --worker -f http://host/x.py"),
    ("--worker -f nothing.py", (), {}, "python -m locust --worker -f nothing.py"),
    ("--worker -f *.py", ("a.py",), {}, "python -m locust --worker -f *.py"),
    ("--master --headless -u 1", PAIR, {}, "python -m locust --master --headless -u 1"),
    ("--master", PAIR, {"LOCUST_LOCUSTFILE": "locustfile.py"}, "python -m locust --master"),
    ("--headless -f a.py", ("a.py", "a.cpp"), {}, "python -m locust --headless -f a.py"),
    ("", PAIR, {}, "python -m locust"),
    ("", (), {}, "python -m locust"),
    ("--help", ("locustfile.cpp",), {}, "python -m locust --help"),
    ("-f a.cpp --version", ("a.cpp",), {}, "python -m locust -f a.cpp --version"),
    ("--master -h", ("locustfile.cpp",), {}, "python -m locust --master -h"),
    ("--worker --help", PAIR, {}, "cpp-worker -f locustfile.cpp --worker --help"),
    ("--no-such-option", PAIR, {}, "python -m locust --no-such-option"),
    ("--worker --no-such-option", PAIR, {}, "cpp-worker -f locustfile.cpp --worker --no-such-option"),
    ("--master -f", PAIR, {}, "python -m locust --master -f"),
    ("--master --worker", PAIR, {}, "python -m locust --master --worker"),
    ("--master", PAIR, {"LOCUST_MODE_WORKER": "yes"}, "python -m locust --master"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "files", "environment", "started"), STARTED)
def test_which_program_starts(container, arguments, files, environment, started):
    assert container(arguments, files, **environment) == started


@pytest.mark.parametrize(
    ("arguments", "files", "environment", "made_from", "file"),
    [
        ("--master -f a.cpp", ("a.cpp",), {}, "cpp-worker -f a.cpp", "a.py"),
        ("--master", ("locustfile.cpp",), {}, "cpp-worker -f locustfile.cpp", "locustfile.py"),
        ("--master", ("a.cpp",), {"LOCUST_LOCUSTFILE": "a.py"}, "cpp-worker -f a.cpp", "a.py"),
        ("--master -f shop", ("shop/a.cpp",), {}, "cpp-worker -f shop", "shop.py"),
        ("--master -f a.cpp,b.py,libc.so", ("a.cpp", "b.py"), {}, "cpp-worker -f a.cpp,libc.so", "a.py,b.py"),
        ("--master", (), {"CPPWORKER_LOCUSTFILE": "/opt/shop.so"}, "cpp-worker -f /opt/shop.so", "shop.py"),
        ("--master -f shop-worker", ("shop-worker",), {}, "shop-worker", "shop-worker.py"),
    ],
)  # fmt: skip
def test_a_master_gets_the_python_file_of_a_cpp_locustfile(
    container, arguments, files, environment, made_from, file
):
    started = container(arguments + " --headless -u 3", files, **environment)
    assert started.program == "python"
    assert started.arguments[:3] == ["-m", "locust", "-f"]
    assert started.arguments[3].rpartition("/")[2] == file
    assert started.arguments[4:] == ["--master", "--headless", "-u", "3"]
    assert f"made by {made_from} --print-locustfile" in started.rest


@pytest.mark.parametrize(
    ("arguments", "files", "environment", "message"),
    [
        (
            "-f a.cpp", ("a.cpp",), {},
            "locust: a.cpp is written in C++, so it needs a master and a worker: start one container with"
            " --master and another one with --worker --master-host."
            " Or add --headless for a run without a master and without a web UI",
        ),
        (
            "--worker -f a.py,b.py", ("a.py", "a.cpp", "b.py"), {},
            "locust: one process can't run both a.cpp (C++) and b.py (Python, no .cpp or .so of that name"
            " beside it). Start a worker for each, or add the missing files",
        ),
        (
            "--worker -f x,a.cpp", ("x", "a.cpp"), {},
            "locust: -f x,a.cpp: an executable runs only its own users, so it must be the only locustfile",
        ),
        (
            "--master -f a.cpp", ("a.cpp",), {"STUB_EXIT_CODE": "1"},
            "locust: could not make the master's Python file from a.cpp. The reason is above",
        ),
        (
            "--master -f a.cpp", ("a.cpp",), {"TMPDIR": "/nowhere"},
            "locust: can't write to /nowhere: mount a writable folder there",
        ),
    ],
)  # fmt: skip
def test_errors(container, arguments, files, environment, message):
    started = container(arguments, files, **environment)
    assert started.exit_code == 1
    assert started.error.strip().splitlines()[-1] == message


def test_a_signal_ends_a_master_that_makes_its_python_file(tmp_path):
    shutil.copy(LOCUST, tmp_path)
    compiler = tmp_path / "cpp-worker"
    compiler.write_text("#!/bin/sh\necho compiling >&2\nexec sleep 1000\n")
    compiler.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TMPDIR": str(tmp_path)}
    command = [tmp_path / "locust", "--master", "-f", "a.cpp"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr.readline() == "compiling\n"
        started.terminate()
        assert started.wait(timeout=60) == 143  # and so has the compiler, which has the pipe, too
        assert started.stderr.read() == ""


AS_STOCK_LOCUST = """
import json, os, sys
from locust.argument_parser import parse_locustfile_option
results = []
for arguments, folder, environment in json.load(sys.stdin):
    os.chdir(folder)
    os.environ.update(environment, HOME=folder)
    try:
        options = parse_locustfile_option(arguments)
        results.append([options.worker, options.master, options.locustfile])
    except SystemExit:
        results.append(None)
    for name in environment:
        del os.environ[name]
print(json.dumps(results))
"""


def test_role_and_file_are_those_that_stock_locust_reads(container, tmp_path):
    """Stock Locust's own parser reads the same arguments, environment and files."""
    cases, written = [], []
    for number, (arguments, files, environment, started) in enumerate(STARTED):
        if "-h" in arguments or "--version" in arguments or "CPPWORKER_LOCUSTFILE" in environment:
            continue  # stock Locust prints the help; it does not know the variable
        if "--stages" in arguments or "LOCUST_HEADLESS" in environment:
            continue  # a run without a master has no role
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in files:
            name, _, text = name.partition("=")
            if text:
                (folder / name).write_text(text)
        cases.append([shlex.split(arguments), str(folder), environment])
        written.append((arguments, started))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LOCUST_")}
    result = subprocess.run(
        [STOCK_PYTHON, "-c", AS_STOCK_LOCUST],
        input=json.dumps(cases), env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    workers = 0
    for (arguments, started), stock in zip(written, json.loads(result.stdout), strict=True):
        program, *rest = shlex.split(started)
        if stock is None or program == "python":
            continue  # an error of Python Locust, or its own arguments, unchanged
        is_worker, is_master, locustfile = stock
        assert (is_worker, is_master) == (True, False), arguments
        if program == "cpp-worker" and "shop" not in locustfile:
            run = [f.strip().rpartition(".")[0] for f in locustfile.split(",")]
            assert run == [f.rpartition(".")[0] for f in rest[rest.index("-f") + 1].split(",")]
        workers += 1
    assert workers > 20


# ---- The health check, in namespaces of its own: it reads /proc/1 and the sockets.

FIRST_PROCESS = """
import socket, subprocess, sys
kind, port = sys.argv[1:3]
sockets = [socket.create_server(("127.0.0.1", int(port)))] if kind != "nothing" else []
if kind == "connected":
    sockets.append(socket.create_connection(("127.0.0.1", int(port))))
check = subprocess.run(["sh", "{healthcheck}"], capture_output=True, text=True)
print(check.returncode, check.stdout.strip(), check.stderr.strip(), sep="|")
"""


@pytest.fixture(scope="session")
def namespaces():
    command = ["unshare", "--net", "--pid", "--fork", "--mount-proc", "--mount"]
    if os.geteuid() != 0:
        command[1:1] = ["--user", "--map-root-user"]
    ready = subprocess.run([*command, "true"], capture_output=True, text=True)
    if ready.returncode != 0:
        pytest.fail(f"This test needs namespaces, as a container has them: {ready.stderr}")
    return command


@pytest.mark.parametrize(
    ("sockets", "port", "arguments", "environment", "health"),
    [
        ("listening", 5557, "--master", {}, "0|"),
        ("nothing", 5557, "--master", {}, "1|The master does not listen on port 5557."),
        ("listening", 6000, "--master --master-bind-port=6000", {}, "0|"),
        ("listening", 6000, "--master --master-bind-port 6000 -L INFO", {}, "0|"),
        ("listening", 5557, "--master --master-bind-port 6000", {}, "1|The master does not listen on port 6000."),
        ("listening", 6000, "--master", {"LOCUST_MASTER_BIND_PORT": "6000"}, "0|"),
        ("listening", 5557, "", {"LOCUST_MODE_MASTER": "true"}, "0|"),
        ("connected", 5557, "--worker", {}, "0|"),
        ("listening", 5557, "--worker", {}, "1|The worker is not connected to port 5557 of a master."),
        ("connected", 5557, "", {}, "0|"),
        ("nothing", 5557, "", {}, "1|The worker is not connected to port 5557 of a master."),
        ("connected", 6000, "--worker --master-port=6000", {}, "0|"),
        ("connected", 6000, "--worker --master-port 6000", {"LOCUST_MASTER_NODE_PORT": "7000"}, "0|"),
        ("connected", 6000, "", {"LOCUST_MASTER_NODE_PORT": "6000"}, "0|"),
        ("connected", 6000, "--worker", {}, "1|The worker is not connected to port 5557 of a master."),
        ("nothing", 5557, "-m locust -f x.py", {}, "0|"),
        ("nothing", 5557, "-m locust --worker", {}, "1|The worker is not connected to port 5557 of a master."),
        ("nothing", 5557, "-m locust -f x", {"LOCUST_MODE_WORKER": "1"}, "1|The worker is not connected to port 5557 of a master."),
    ],
)  # fmt: skip
def test_health(namespaces, tmp_path, sockets, port, arguments, environment, health):
    first = tmp_path / "first.py"
    first.write_text(FIRST_PROCESS.format(healthcheck=HEALTHCHECK))
    script = 'ip link set lo up 2>/dev/null || ifconfig lo up; exec "$@"'
    result = subprocess.run(
        [*namespaces, "sh", "-c", script, "sh", "python3", first, sockets, str(port), *shlex.split(arguments)],
        env={"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", **environment},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.stdout.strip() == health + "|", result.stderr
