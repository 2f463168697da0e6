"""The calls of http_cases.py, made by Python's users and by ours on one misbehaving server, have the same outcome."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from http_cases import CASES
from http_deviations import DEVIATIONS, IN_THE_DOCUMENT, LIBCURLS, of_the_document
from support.http2_server import REFUSED_STREAM, Http2Connection, Http2Server
from support.misbehaving_server import MisbehavingServer
from support.nginx import Nginx, http2
from support.settings import LOOPBACK
from support.stage import Stage
from support.workers import SELF_CHECK, cpp_worker, stock_worker

PATIENCE = 60.0
"""Seconds for all calls together; some wait for timeouts."""

NOT_PYTHONS = {"HttpCaseUser": set(), "FastHttpCaseUser": {"cookies", "verify", "cert", "proxies"}}
"""By class, which both locustfiles/http_cases.py and http_cases.cpp have: options of a call that Python's lacks."""

Outcome = dict[str, Any]


def cases_of(engine: str) -> list[dict[str, Any]]:
    def comparable(case: dict[str, Any]) -> bool:
        options = {name for call in case["calls"] for name in call["options"]}
        session = set() if engine == "HttpCaseUser" or case["id"] in ("proxy", "proxy-closed") else {"cert", "proxies"}
        if engine == "FastHttpCaseUser" and case["id"] == "form-repeated":
            return False  # it knows no lists of pairs
        return not options & NOT_PYTHONS[engine] and not case.get("session", {}).keys() & session

    return [case for case in CASES if comparable(case)]


def outcomes(engine: str, folder: Path, starts) -> list[dict[str, Outcome]]:
    """For each of the workers that `starts` starts: by case, what came of it."""
    server = MisbehavingServer(folder)
    try:
        cases = folder / "cases.json"
        with nobody_accepts() as full, nobody_listens() as closed:
            text = filled_in(json.dumps(cases_of(engine)), server, folder, full, closed)
            cases.write_text(text, encoding="utf-8")
            return [run_cases(start, engine, server, cases) for start in starts]
    finally:
        server.close()


@contextlib.contextmanager
def nobody_accepts():
    """The port of a server that is too busy to accept a connection: the kernel ignores who comes next."""
    with contextlib.ExitStack() as open_sockets:
        server = open_sockets.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
        for _ in range(3):
            client = open_sockets.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@contextlib.contextmanager
def nobody_listens():
    """A port that refuses connections, and that nobody else gets meanwhile."""
    with socket.socket() as nobody:
        nobody.bind((LOOPBACK, 0))
        yield nobody.getsockname()[1]


def filled_in(text: str, server: MisbehavingServer, folder: Path, full: int, closed: int) -> str:
    values = {
        "base": server.url,
        "address": f"{LOOPBACK}:{server.port}",
        "port": server.port,
        "tls": server.tls_url,
        "tls_port": server.tls_port,
        "full": f"http://{LOOPBACK}:{full}",
        "closed": f"http://{LOOPBACK}:{closed}",
        "certificate": server.certificate,
        "key": server.key,
        "folder": folder,
    }
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def run_cases(start_worker, engine: str, server: MisbehavingServer, cases: Path) -> dict[str, Outcome]:
    stage = Stage(lambda port: start_worker(port, "http_cases", env={"HTTP_CASES": str(cases)}))
    try:
        stage.wait_connected()
        stage.master.spawn({engine: 1}, host=server.url)
        stage.master.wait_until(
            lambda: stage.master.of_type("cases_done") or stage.master.of_type("exception"),
            "end of the cases",
            patience=PATIENCE,
        )
        assert not stage.master.of_type("exception"), stage.master.of_type("exception")
        results = {m.data["id"]: m.data for m in stage.master.of_type("case")}
    finally:
        stage.close()
    seen = server.take_seen()
    return {
        case["id"]: normalised(results[case["id"]] | {"seen": seen.get(case["id"], [])})
        for case in cases_of(engine)
    }


# A mark of the client or of the moment: what must differ.
VOLATILE = [
    (re.compile(r"(cpp-worker|python-requests|python/gevent-http-client)[/-][\d.]+"), "<agent>"),
    (re.compile(r"(?<=boundary=)[0-9a-f]{32}|(?<=--)[0-9a-f]{32}"), "<boundary>"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0x..."),
    (re.compile(r"(?<=[?&]_=)\d{13}"), "<milliseconds>"),
]


def normalised(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalised(item) for item in value]
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        for pattern, name in VOLATILE:
            value = pattern.sub(name, value)
    return value


def comparable(outcome: Outcome) -> Outcome:
    """One fact per entry."""
    facts: Outcome = {"cookies kept": outcome["cookies"], "requests": len(outcome["seen"])}
    for i, answer in enumerate(outcome["answers"]):
        facts |= {f"answer {i} {key}": value for key, value in answer.items()}
    for i, reported in enumerate(outcome["reported"]):
        facts |= {f"row {i} {key}": value for key, value in reported.items()}
    for i, request in enumerate(outcome["seen"]):
        headers = [(name, value) for name, value in request["headers"]]
        facts |= {
            f"sent {i} line": f"{request['method']} {request['target']}",
            f"sent {i} headers": headers,
            f"sent {i} body": request["body"],
            f"sent {i} connection": request["connection"],
            f"sent {i} certificate": request["certificate"],
        }
    return facts


def differences(ours: Outcome, stock: Outcome) -> dict[str, tuple[Any, Any]]:
    ours, stock = comparable(ours), comparable(stock)
    names = ours.keys() | stock.keys()
    return {
        name: (stock.get(name), ours.get(name)) for name in sorted(names) if stock.get(name) != ours.get(name)
    }


@pytest.mark.parametrize("engine", NOT_PYTHONS)  # one test for all calls: they share two workers
def test_calls_have_the_same_outcome(engine, tmp_path):
    stock, ours = outcomes(engine, tmp_path, [stock_worker, cpp_worker])
    check_same(ours, stock, {} if SELF_CHECK else DEVIATIONS[engine])
    assert len(stock) == len(cases_of(engine)) > 200


def check_same(ours: dict[str, Outcome], theirs: dict[str, Outcome], deviations: dict[str, dict[str, str]]) -> None:
    complaints = []
    for case_id in theirs:
        found = differences(ours[case_id], theirs[case_id])
        explained = deviations.get(case_id, {})
        for name, (their, our) in found.items():
            if name not in explained:
                complaints.append(f"{case_id}, {name}:\n  expected: {their!r}\n  found:    {our!r}")
        complaints += [f"{case_id}, {name}: explained, but equal" for name in explained if name not in found]
    assert not complaints, "\n".join(complaints)


@pytest.mark.skipif(SELF_CHECK, reason="Python's users have one engine")
def test_both_engines_have_the_same_outcome(tmp_path):
    def forced(name: str):
        def start(port: int, locustfile: str, *, env: dict[str, str]):
            return cpp_worker(port, locustfile, env=env | {"CPPWORKER_HTTP_ENGINE": name})

        return start

    own, curl = outcomes("HttpCaseUser", tmp_path, [forced("own"), forced("curl")])
    check_same(curl, own, LIBCURLS)


@pytest.mark.skipif(SELF_CHECK, reason="Python's users speak HTTP/1.1 only")
def test_http2_is_spoken_when_told_so(ended, tmp_path):
    server = ended(MisbehavingServer(tmp_path))
    more, tls = http2(server.certificate, server.key)
    ended(Nginx(tmp_path, more=more))
    versions = {
        "not told": ({}, tls),
        "offered": ({"http_version": "2"}, tls),
        "offered in vain": ({"http_version": "2"}, server.tls_url),
        "not offered without TLS": ({"http_version": "2"}, server.url),
    }
    cases = tmp_path / "cases.json"
    cases.write_text(
        json.dumps(
            [
                {
                    "id": name,
                    "session": session | {"verify": str(server.certificate)},
                    "calls": [{"method": "GET", "url": f"{host}/version"}] * 2,
                }
                for name, (session, host) in versions.items()
            ]
            + [
                {
                    "id": "bodies",
                    "session": {"http_version": "2", "verify": str(server.certificate)},
                    "calls": [
                        {"method": method, "url": f"{tls}/length", "as_request": True, "options": options}
                        for method in ("POST", "PUT", "PURGE")
                        for options in ({"data": "abc"}, {})
                    ],
                }
            ]
        )
    )
    stage = ended(Stage(lambda port: cpp_worker(port, "http_cases", env={"HTTP_CASES": str(cases)})))
    stage.wait_connected()
    stage.master.spawn({"HttpCaseUser": 1}, host=server.url)
    stage.master.wait_for("cases_done")
    texts = {m.data["id"]: [a["text"] for a in m.data["answers"]] for m in stage.master.of_type("case")}
    assert texts == {
        "not told": ["HTTP/1.1"] * 2,
        "offered": ["HTTP/2.0"] * 2,
        "offered in vain": ["ok"] * 2,
        "not offered without TLS": ["ok"] * 2,
        "bodies": ["POST 3", "POST 0", "PUT 3", "PUT 0", "PURGE 3", "PURGE 0"],
    }


@pytest.mark.skipif(SELF_CHECK, reason="Python's users speak HTTP/1.1 only")
def test_http2_requests_that_the_server_has_not_processed_are_sent_again(ended, tmp_path):
    def serve(connection: Http2Connection, refuse: Callable[[Http2Connection, int], bool]) -> None:
        while (stream := connection.request()) is not None:
            tries.append(stream)
            if not refuse(connection, stream):
                connection.answer(stream, f"stream {stream}".encode())

    def go_away(last: int) -> Callable[[Http2Connection, int], bool]:
        def refuse(connection: Http2Connection, stream: int) -> bool:
            if connection.number > 0 or stream == 1:
                return False
            connection.go_away(last)
            return True

        return refuse

    def reset(when: Callable[[Http2Connection, int], bool], error: int) -> Callable[[Http2Connection, int], bool]:
        def refuse(connection: Http2Connection, stream: int) -> bool:
            if when(connection, stream):
                connection.reset(stream, error)
                return True
            return False

        return refuse

    def second(connection: Http2Connection, stream: int) -> bool:
        return connection.number == 0 and stream == 3

    internal_error, cancel = 2, 8
    lost = "CurlError(92, 'Stream error in the HTTP/2 framing layer')"
    behaviours = {
        "goaway without it": (go_away(1), ["", ""], [1, 3, 1]),
        "refused": (reset(second, REFUSED_STREAM), ["", ""], [1, 3, 1]),
        "refused always": (reset(lambda *_: True, REFUSED_STREAM), [lost, lost], [1] * 10),
        "another error": (reset(second, internal_error), ["", lost], [1, 3]),
        "cancelled": (reset(second, cancel), ["", lost], [1, 3]),
    }
    files = MisbehavingServer(tmp_path)
    ended(files)
    for name, (refuse, failures, expected_tries) in behaviours.items():
        tries: list[int] = []
        server = ended(Http2Server(files.certificate, files.key, functools.partial(serve, refuse=refuse)))
        cases = tmp_path / "cases.json"
        session = {"verify": str(files.certificate), "http_version": "2"}
        calls = [{"method": "POST", "url": server.url, "options": {"data": "x"}}] * 2
        cases.write_text(json.dumps([{"id": name, "session": session, "calls": calls}]))
        stage = ended(Stage(lambda port, cases=cases: cpp_worker(port, "http_cases", env={"HTTP_CASES": str(cases)})))
        stage.wait_connected()
        stage.master.spawn({"HttpCaseUser": 1}, host=server.url)
        stage.master.wait_for("cases_done")
        (case,) = stage.master.of_type("case")
        assert [row["failure"] for row in case.data["reported"]] == failures, name
        assert tries == expected_tries, name


def test_the_explanations_are_those_of_the_document():
    assert sorted(IN_THE_DOCUMENT.values()) == sorted(of_the_document())


def test_every_explanation_is_needed():
    used = {reason for cases in DEVIATIONS.values() for facts in cases.values() for reason in facts.values()}
    assert used == set(IN_THE_DOCUMENT)
