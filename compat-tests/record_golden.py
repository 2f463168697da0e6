#!/usr/bin/env python3
"""Records tests/golden: the frames that a real Python master and a real Python worker exchange.

Run it with the Python of the reference virtual environment (build/venv/bin/python). A relay between
the two processes keeps the raw frames; the first one of each kind becomes `<kind>.msgpack` and, for
human readers, `<kind>.json`. What would tell about the recording machine (host name, path of the
virtual environment) is replaced by neutral text; the frame is then packed by Locust's own msgpack,
after a check that this packing reproduces the untouched frame byte for byte.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

import msgpack

from support import relay, wire
from support.ports import free_port
from support.processes import Process
from support.settings import GOLDEN, LOCUSTFILES, LOOPBACK, PATIENCE, VENV

UP, DOWN = relay.TO_MASTER, relay.TO_WORKER


@dataclass(frozen=True)
class Kind:
    """One golden file: the first recorded frame of this direction and type that passes `test`."""

    name: str
    direction: str
    type: str
    description: str
    test: Callable[[object], bool] = lambda data: True


def _rows(data) -> list[dict]:
    return data["stats"]


KINDS = [
    Kind("ack", DOWN, "ack", "answer to client_ready; index is the worker's number"),
    Kind("spawn", DOWN, "spawn", "absolute targets per class, parsed_options of the master"),
    Kind("spawning_complete_from_master", DOWN, "spawning_complete", "the cluster is ramped up"),
    Kind("stop", DOWN, "stop", "stop the users and get ready again"),
    Kind("quit_from_master", DOWN, "quit", "end the process"),
    Kind("reconnect", DOWN, "reconnect", "answer to a frame that was no valid UTF-8"),
    Kind("heartbeat_from_master", DOWN, "heartbeat", "answer to the worker's heartbeat"),
    Kind("update_user_class", DOWN, "update_user_class", "class attributes edited in the web UI"),
    Kind("custom_from_master", DOWN, "greeting", "runner.send_message on the master"),
    Kind("client_ready", UP, "client_ready", "data is the version of the Python worker"),
    Kind("spawning", UP, "spawning", "answer to each spawn"),
    Kind("spawning_complete", UP, "spawning_complete", "the worker's users are as the spawn asked"),
    Kind(
        "stats_idle",
        UP,
        "stats",
        "before any test: no rows",
        lambda d: not _rows(d) and not d["user_classes_count"].get("SuccessUser"),
    ),
    Kind(
        "stats_requests",
        UP,
        "stats",
        "successful requests only, two rows",
        lambda d: len(_rows(d)) == 2 and not d["errors"],
    ),
    Kind(
        "stats_errors",
        UP,
        "stats",
        "an exception object and a text as errors",
        lambda d: len(d["errors"]) == 2,
    ),
    Kind(
        "stats_none_response_time",
        UP,
        "stats",
        "requests without response time: min_response_time is nil",
        lambda d: any(row["num_none_requests"] for row in _rows(d)),
    ),
    Kind("heartbeat_ready", UP, "heartbeat", "before the test", lambda d: d["state"] == "ready"),
    Kind("heartbeat_running", UP, "heartbeat", "during the test", lambda d: d["state"] == "running"),
    Kind("exception", UP, "exception", "an exception escaped a task"),
    Kind("client_stopped", UP, "client_stopped", "all users have ended"),
    Kind("client_ready_after_stop", UP, "client_ready", "sent again after client_stopped"),
    Kind("quit", UP, "quit", "the worker ends"),
    Kind(
        "custom_from_worker",
        UP,
        "greeting_answer",
        "runner.send_message on the worker; one key is an integer",
    ),
    Kind("logs", UP, "logs", "the worker's last log lines"),
]


def main() -> int:
    recorded = record_session()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    missing = [kind.name for kind in KINDS if not write(kind, recorded)]
    if missing:
        print("not seen:", ", ".join(missing), file=sys.stderr)
        return 1
    print(f"{len(KINDS)} golden frames in {GOLDEN}")
    return 0


def record_session() -> list[relay.Recorded]:
    """Runs a master and a worker through two tests with all that can happen in between."""
    master_port, relay_port, web_port = free_port(), free_port(), free_port()
    locust = [VENV / "bin" / "locust", "-f", "golden.py"]
    between = relay.Relay(relay_port, master_port)
    processes = []
    try:
        master = Process(
            "master",
            [
                *locust,
                "--master",
                "--master-bind-host",
                LOOPBACK,
                "--master-bind-port",
                master_port,
                "--class-picker",
                "--web-host",
                LOOPBACK,
                "--web-port",
                web_port,
                "--stop-timeout",
                "1",
                "--host",
                "http://shop.example",
            ],
            cwd=LOCUSTFILES,
        )
        processes.append(master)
        worker = Process(
            "worker",
            [
                *locust,
                "--worker",
                "--master-host",
                LOOPBACK,
                "--master-port",
                relay_port,
                "--loglevel",
                "INFO",
            ],
            cwd=LOCUSTFILES,
        )
        processes.append(worker)
        master.expect("is ready|reported as ready")

        url = f"http://{LOOPBACK}:{web_port}"

        def has(name: str) -> bool:
            kind = next(kind for kind in KINDS if kind.name == name)
            return any(matches(kind, r) for r in between.recorded)

        wait_for(has, "stats_idle", "heartbeat_ready")
        settings = {
            "user_class_name": "SuccessUser",
            "host": "http://other.example",
            "weight": 3,
            "fixed_count": 0,
            "tasks": ["succeed"],
        }
        post(url + "/user", json.dumps(settings).encode(), "application/json")
        swarm(url, "SuccessUser", users=3)
        wait_for(
            has, "spawning_complete_from_master", "stats_requests", "heartbeat_running", "custom_from_worker"
        )
        between.inject(msgpack.packb(["heartbeat", None, "x"]).replace(b"heartbeat", b"heart\xff\xfe\xffx"))
        wait_for(has, "reconnect")
        stop(url, master)
        for user_class, kinds in (
            ("FailingUser", ["stats_errors"]),
            ("UntimedUser", ["stats_none_response_time"]),
            ("RaisingUser", ["exception", "logs"]),
        ):
            swarm(url, user_class, users=1)
            wait_for(has, *kinds)
            stop(url, master)
        master.signal(signal.SIGTERM)
        wait_for(has, "quit_from_master", "quit")
        worker.wait()
    except (TimeoutError, OSError):
        for process in processes:
            print(f"--- {process.name}\n{process.output}", file=sys.stderr)
        raise
    finally:
        for process in processes:
            process.stop()
        between.close()
    return between.recorded


def wait_for(condition: Callable[[str], bool], *names: str) -> None:
    deadline = time.monotonic() + PATIENCE
    for name in names:
        while not condition(name):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {name} within {PATIENCE} s")
            time.sleep(0.05)


def swarm(url: str, user_class: str, users: int) -> None:
    form = {"user_count": users, "spawn_rate": 100, "user_classes": user_class}
    post(url + "/swarm", urllib.parse.urlencode(form).encode())


def stop(url: str, master: Process) -> None:
    """Ends the test; returns when the master takes the worker for ready again."""
    ready_lines = len(master.matching("reported as ready"))
    post(url + "/stop")
    master.expect("reported as ready", count=ready_lines + 1)


def post(url: str, body: bytes = b"", content_type: str = "application/x-www-form-urlencoded") -> None:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": content_type})
    urllib.request.urlopen(request, timeout=PATIENCE).close()


def matches(kind: Kind, recorded: relay.Recorded) -> bool:
    if recorded.direction != kind.direction:
        return False
    message = wire.decode(recorded.frame)
    return message.type == kind.type and kind.test(message.data)


def write(kind: Kind, recorded: list[relay.Recorded]) -> bool:
    found = [r.frame for r in recorded if matches(kind, r)]
    if kind.name == "client_ready_after_stop":
        found = found[1:]
    if not found:
        return False
    frame = neutral(found[0])
    message = wire.decode(frame)
    description = {
        "direction": kind.direction,
        "description": kind.description,
        "type": message.type,
        "node_id": message.node_id,
        "data": message.data,
    }
    (GOLDEN / f"{kind.name}.msgpack").write_bytes(frame)
    (GOLDEN / f"{kind.name}.json").write_text(json.dumps(description, indent=1, ensure_ascii=False) + "\n")
    return True


def neutral(frame: bytes) -> bytes:
    """The frame without this machine's host name and paths."""
    parts = msgpack.unpackb(frame, raw=False, strict_map_key=False)
    if msgpack.packb(parts) != frame:
        raise ValueError(f"packing {parts!r} again gave other bytes")
    return msgpack.packb(_replace(parts))


_REPLACEMENTS = [
    (re.escape(str(LOCUSTFILES)), "/locustfiles"),
    (re.escape(os.path.realpath(VENV)) + "|" + re.escape(str(VENV)), "/venv"),
    (
        r"\b" + re.escape(socket.gethostname()) + r"\b|" + re.escape(socket.gethostname()) + "(?=_)",
        "worker-host",
    ),
]


def _replace(value):
    if isinstance(value, str):
        for pattern, text in _REPLACEMENTS:
            value = re.sub(pattern, text, value)
        return value
    if isinstance(value, list):
        return [_replace(item) for item in value]
    if isinstance(value, dict):
        return {_replace(key): _replace(item) for key, item in value.items()}
    return value


if __name__ == "__main__":
    sys.exit(main())
