"""GrpcUser against servers of grpcio, grpc++ and grpc-go: the cases of gRPC's interoperability tests, counts, and servers that fail."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from support.example import build_example
from support.grpc_servers import SERVER_COMMANDS
from support.misbehaving_server import make_certificate
from support.ports import free_port
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, PATIENCE
from support.standalone import csv_rows
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "grpc_cases.cpp"


class GrpcServer:
    """A process of a server with the methods of grpc_server.py."""

    def __init__(self, *options, library: str = "grpcio"):
        self.process = Process(f"{library} server", [*SERVER_COMMANDS[library](), *options])
        self.port = int(self.process.expect(r"^\d+$")[0])

    def ended(self, count: int) -> list[str]:
        """"METHOD CODE" of the calls that have ended, when there are `count`."""
        self.process.expect("^ended ", count=count)
        return [re.sub(r"ended /test\.TestService/|StatusCode\.", "", line) for line in self.process.matching("^ended ")]

    def stop(self) -> None:
        self.process.stop()


class Run:
    """A finished run of the locustfile."""

    def __init__(self, folder: Path, host: str, *arguments, users: int = 1, **settings):
        compile_once(LOCUSTFILE)
        prefix = folder / "run"
        process = run_binary(
            *("-f", LOCUSTFILE, "--headless", "--threads=2", "-u", users, "-r", 1000, "--csv", prefix, "--host", host),
            *arguments,
            env={name: str(value) for name, value in settings.items()},
        )
        try:
            process.wait(COMPILE_PATIENCE)
        finally:
            process.stop()
        self.output = process.output
        self.rows = {tuple(row[:2]): row for row in csv_rows(folder / "run_stats.csv")[1:-1]}
        self.counts = {key: (int(row[2]), int(row[3])) for key, row in self.rows.items()}
        self.failures = Counter()
        for row in csv_rows(folder / "run_failures.csv")[1:]:
            self.failures[row[2]] += int(row[3])
        self.errors = process.matching("/ERROR/")

    def length(self, kind: str, name: str) -> float:
        return float(self.rows[kind, name][8])


@pytest.fixture(scope="module")
def server():
    server = GrpcServer()
    yield server
    server.stop()


def case(folder: Path, server: GrpcServer, tag: str, count: int = 1, **settings) -> Run:
    run = Run(folder, f"grpc://{LOOPBACK}:{server.port}", "--tags", tag, "-i", count, **settings)
    assert not run.errors, run.output
    return run


def path(method: str) -> str:
    return f"/test.TestService/{method}"


GOOD = {
    "empty_unary": {("grpc", path("EmptyCall")): (1, 0)},
    "large_unary": {("grpc", path("UnaryCall")): (1, 0)},
    "client_streaming": {("grpc-stream", path("StreamingInputCall")): (1, 0)},
    "server_streaming": {
        ("grpc-msg", path("StreamingOutputCall")): (5, 0),
        ("grpc-stream", path("StreamingOutputCall")): (1, 0),
    },
    "ping_pong": {("grpc-msg", path("FullDuplexCall")): (4, 0), ("grpc-stream", path("FullDuplexCall")): (1, 0)},
    "empty_stream": {("grpc-stream", path("FullDuplexCall")): (1, 0)},
    "cancel_after_first_response": {("grpc-stream", path("FullDuplexCall")): (1, 0)},
    "custom_metadata": {("grpc", path("UnaryCall")): (1, 0)},
    "compressed": {("grpc", path("UnaryCall")): (1, 0), ("grpc-stream", path("FullDuplexCall")): (1, 0)},
}


@pytest.mark.parametrize("tag", GOOD)
def test_interop_cases_that_succeed(server, tmp_path, tag):
    run = case(tmp_path, server, tag)
    assert (run.counts, run.failures) == (GOOD[tag], {}), run.output


def test_lengths_are_those_of_the_messages(server, tmp_path):
    run = case(tmp_path, server, "server_streaming")
    total = 31415 + 9 + 2653 + 58979 + 2500000
    assert run.length("grpc-stream", path("StreamingOutputCall")) == total
    assert run.length("grpc-msg", path("StreamingOutputCall")) == pytest.approx(total / 5)


FAILED = {
    "timeout_on_sleeping_server": "RpcError(DEADLINE_EXCEEDED, 'Deadline Exceeded')",
    "status_code_and_message": "RpcError(UNKNOWN, 'test status message')",
    "stream_status": "RpcError(UNKNOWN, 'test status message')",
    "special_status_message": "RpcError(UNKNOWN, "
    r"'\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n')",
    "not_found": "RpcError(NOT_FOUND, 'no user 3')",
    "unimplemented_method": "RpcError(UNIMPLEMENTED, 'Method not found!')",
    "unimplemented_service": "RpcError(UNIMPLEMENTED, 'Method not found!')",
    "too_large": "RpcError(RESOURCE_EXHAUSTED, 'Received message larger than max (9000000 vs. 8388608)')",
}


@pytest.mark.parametrize("tag", FAILED)
def test_interop_cases_that_fail(server, tmp_path, tag):
    run = case(tmp_path, server, tag, 2)
    assert run.failures == {FAILED[tag]: 2}, run.output


def other_servers() -> list[str]:
    """Building grpc-go and its dependencies takes a minute: with GRPC_SERVERS=all only."""
    return ["grpc++", "grpc-go"] if os.environ.get("GRPC_SERVERS") == "all" else ["grpc++"]


@pytest.mark.parametrize("library", other_servers())
def test_interop_cases_with_other_servers(ended, tmp_path, library):
    server = ended(GrpcServer(library=library))
    run = case(tmp_path, server, "every_case")
    assert run.counts == {
        ("grpc", path("EmptyCall")): (1, 0),
        ("grpc", path("UnaryCall")): (6, 3),
        ("grpc", path("NoSuchCall")): (1, 1),
        ("grpc", "/test.NoSuchService/Call"): (1, 1),
        ("grpc", "/users/[id]"): (1, 1),
        ("grpc-stream", path("StreamingInputCall")): (1, 0),
        ("grpc-stream", path("StreamingOutputCall")): (1, 0),
        ("grpc-msg", path("StreamingOutputCall")): (5, 0),
        ("grpc-stream", path("FullDuplexCall")): (5, 1),
        ("grpc-msg", path("FullDuplexCall")): (4, 0),
    }
    unimplemented = {
        "grpc++": {"Method not found!": 2},
        "grpc-go": {
            "unknown method NoSuchCall for service test.TestService": 1,
            "unknown service test.NoSuchService": 1,
        },
    }[library]
    assert run.failures == {
        FAILED["timeout_on_sleeping_server"]: 1,
        FAILED["status_code_and_message"]: 2,
        FAILED["special_status_message"]: 1,
        FAILED["not_found"]: 1,
        **{f"RpcError(UNIMPLEMENTED, '{text}')": count for text, count in unimplemented.items()},
    }


def test_a_check_decides(server, tmp_path):
    run = case(tmp_path, server, "judged")
    assert run.counts == {("grpc", "judged"): (2, 1)}
    assert run.failures == {"CatchResponseError('got xx')": 1}


@pytest.mark.parametrize("per_shard", [0, 1])
def test_the_counts_are_the_servers_own(ended, tmp_path, per_shard):
    server = ended(GrpcServer())
    tags = ("--tags", "empty_unary", "not_found", "ping_pong")
    host = f"grpc://{LOOPBACK}:{server.port}"
    run = Run(tmp_path, host, *tags, "-i", 600, users=50, PER_SHARD=per_shard)
    assert not run.errors, run.output
    calls = server.ended(600)
    assert run.counts["grpc", path("EmptyCall")] == (calls.count("EmptyCall OK"), 0)
    not_found = calls.count("UnaryCall NOT_FOUND")
    assert run.counts["grpc", "/users/[id]"] == (not_found, not_found)
    streams = calls.count("FullDuplexCall OK")
    assert run.counts["grpc-stream", path("FullDuplexCall")] == (streams, 0)
    assert run.counts["grpc-msg", path("FullDuplexCall")] == (4 * streams, 0)
    assert run.failures == {"RpcError(NOT_FOUND, 'no user 3')": not_found}


def test_no_call_is_lost_when_the_server_renews_its_connections(ended, tmp_path):
    """The server sends GOAWAY again and again; calls that it has not begun with are made once more."""
    server = ended(GrpcServer("--max-age-ms", "100"))
    host = f"grpc://{LOOPBACK}:{server.port}"
    run = Run(tmp_path, host, "--tags", "empty_unary", "-i", 20000, users=10)
    assert (run.counts, run.failures) == ({("grpc", path("EmptyCall")): (20000, 0)}, {}), run.output


def test_tls(ended, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make_certificate(certificate, key, "localhost")
    server = ended(GrpcServer("--key", key, "--certificate", certificate))
    run = Run(tmp_path, f"grpcs://localhost:{server.port}", "--tags", "large_unary", "-i", 4, users=2, CA=certificate)
    assert (run.counts, run.failures) == ({("grpc", path("UnaryCall")): (4, 0)}, {}), run.output
    run = Run(tmp_path, f"grpcs://localhost:{server.port}", "--tags", "empty_unary", "-i", 1, CA="")
    ((text, count),) = run.failures.items()
    assert count == 1 and "UNAVAILABLE" in text and "certificate" in text, text


def test_the_example_with_protobuf(ended, tmp_path):
    server = ended(GrpcServer())
    module = build_example("grpc", tmp_path / "build", "libgrpc-users.so")
    prefix = tmp_path / "run"
    arguments = ("--headless", "-u", 10, "-r", 1000, "-i", 500, "--csv", prefix, "-H", f"grpc://{LOOPBACK}:{server.port}")
    process = ended(run_binary("-f", module, *arguments))
    assert process.wait(COMPILE_PATIENCE) == 0, process.output
    assert not process.matching("/ERROR/"), process.output
    (row,) = csv_rows(tmp_path / "run_stats.csv")[1:-1]
    assert row[:4] == ["grpc", "/locust.hello.HelloService/SayHello", "500", "0"]
    assert float(row[8]) == len("\n\x0cHello, Test!")
    assert server.ended(500) == ["ended /locust.hello.HelloService/SayHello OK"] * 500
    dynamic = ended(run_binary("-f", module.with_name("libgrpc-dynamic-users.so"), "--list"))
    assert dynamic.wait() == 0 and "HelloGrpcUser" in dynamic.output, dynamic.output


def test_a_server_that_refuses(tmp_path):
    port = free_port()
    run = Run(tmp_path, f"grpc://{LOOPBACK}:{port}", "--tags", "empty_unary", "-i", 3)
    cause = f"connecting to {LOOPBACK}:{port}: Connection refused"
    assert run.failures == {f"RpcError(UNAVAILABLE, '{cause}')": 3}, run.output


def test_a_server_that_dies_and_comes_back(ended, tmp_path):
    """Calls fail while there is no server; the users connect again by themselves."""
    port = free_port()
    server = ended(GrpcServer("--port", port))
    compile_once(LOCUSTFILE)
    prefix = tmp_path / "run"
    process = ended(
        run_binary(
            *("-f", LOCUSTFILE, "--headless", "-u", 4, "-r", 1000, "--csv", prefix, "--tags", "empty_unary"),
            *("--host", f"grpc://{LOOPBACK}:{port}"),
            env={"WAIT": "0.01"},
        )
    )
    server.ended(20)
    server.process.signal(signal.SIGKILL)
    server.process.wait()
    again = ended(GrpcServer("--port", port))
    again.ended(20)
    process.signal(signal.SIGTERM)
    process.wait()
    texts = {row[2] for row in csv_rows(tmp_path / "run_failures.csv")[1:]}
    assert texts and all(text.startswith("RpcError(UNAVAILABLE, '") for text in texts), texts
    assert not process.matching("/ERROR/"), process.output


def test_keepalive_notices_a_server_that_is_stopped(ended, tmp_path):
    server = ended(GrpcServer())
    compile_once(LOCUSTFILE)
    prefix = tmp_path / "run"
    process = ended(
        run_binary(
            *("-f", LOCUSTFILE, "--headless", "-u", 1, "--csv", prefix, "--tags", "empty_unary"),
            *("--host", f"grpc://{LOOPBACK}:{server.port}"),
            env={"WAIT": "0.01", "KEEPALIVE": "0.5"},
        )
    )
    server.ended(5)
    server.process.signal(signal.SIGSTOP)
    try:
        text = "RpcError(UNAVAILABLE, 'connection lost: the server has not answered a keepalive ping')"
        deadline = time.monotonic() + PATIENCE
        while text not in Path(f"{prefix}_failures.csv").read_text():
            assert time.monotonic() < deadline, process.output
            time.sleep(0.1)
    finally:
        server.process.signal(signal.SIGCONT)


GARBAGE = {
    "HTTP/1.1": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "zeros": b"\0" * 1000,
    "nothing": b"",
    "a frame that is too large": b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_a_server_that_sends_garbage(tmp_path, kind):
    with socket.create_server((LOOPBACK, 0)) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(GARBAGE[kind])

        threading.Thread(target=serve, daemon=True).start()
        run = Run(tmp_path, f"grpc://{LOOPBACK}:{listener.getsockname()[1]}", "--tags", "empty_unary", "-i", 5)
    assert sum(run.failures.values()) == 5, run.output
    assert all(text.startswith("RpcError(UNAVAILABLE, 'connection lost: ") for text in run.failures), run.failures
