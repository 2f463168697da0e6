"""The calls of http_cases.py, made by Python's users and by ours on one misbehaving server, have the same outcome."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from http_cases import CASES
from http_deviations import DEVIATIONS, IN_THE_DOCUMENT, of_the_document
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


def outcomes(engine: str, folder: Path) -> tuple[dict[str, Outcome], dict[str, Outcome]]:
    """By case, what came of it for the Python user and for ours."""
    server = MisbehavingServer(folder)
    try:
        cases = folder / "cases.json"
        with nobody_accepts() as full, nobody_listens() as closed:
            text = filled_in(json.dumps(cases_of(engine)), server, folder, full, closed)
            cases.write_text(text, encoding="utf-8")
            stock, ours = (run_cases(start, engine, server, cases) for start in (stock_worker, cpp_worker))
        return stock, ours
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
    """A port that refuses connections, and that no other process gets."""
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
    stock, ours = outcomes(engine, tmp_path)
    complaints = []
    for case_id in stock:
        found = differences(ours[case_id], stock[case_id])
        explained = {} if SELF_CHECK else DEVIATIONS[engine].get(case_id, {})
        for name, (python, cpp) in found.items():
            if name not in explained:
                complaints.append(f"{case_id}, {name}:\n  Python: {python!r}\n  C++:    {cpp!r}")
        complaints += [f"{case_id}, {name}: explained, but equal" for name in explained if name not in found]
    assert not complaints, "\n".join(complaints)
    assert len(stock) == len(cases_of(engine)) > 200


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


def test_the_explanations_are_those_of_the_document():
    assert sorted(IN_THE_DOCUMENT.values()) == sorted(of_the_document())


def test_every_explanation_is_needed():
    used = {reason for cases in DEVIATIONS.values() for facts in cases.values() for reason in facts.values()}
    assert used == set(IN_THE_DOCUMENT)
