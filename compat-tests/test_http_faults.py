"""Servers that break HTTP, TLS or connections: our HTTP users have the outcome of Python's (http_faults.py)."""

from __future__ import annotations

import functools
import json
import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from http_faults import ADDRESS, FAST, FAULTS, HTTP, NOT_OVER_LIBCURL, OURS, TLS_HOST, Fault, Outcome
from support.http2_frames import INTERNAL_ERROR, REFUSED_STREAM, Http2
from support.misbehaving_server import make_certificate
from support.scripted_server import Peer, ScriptedServer
from support.settings import LOOPBACK
from support.stage import Stage
from support.workers import SELF_CHECK, cpp_worker, stock_worker

PATIENCE = 250.0
"""Seconds for all faults of a client. Much more than they take on an idle machine: it ends a test that would hang."""

LANES = 4
"""The number of workers of a kind that share the faults. Most of the time they wait."""

TIMEOUT = 20.0
"""For calls of faults that are not about timeouts: no call hangs."""

CLIENTS = {
    "HttpUser": (HTTP, {}),
    "HttpUser over libcurl": (HTTP, {"CPPWORKER_HTTP_ENGINE": "curl"}),
    "FastHttpUser": (FAST, {}),
}


class Certificates:
    """One of a server for `localhost`, one of a client."""

    def __init__(self, folder: Path):
        self.files = {name: str(folder / f"{name}.pem") for name in ("certificate", "key", "client", "client_key")}
        make_certificate(self.files["certificate"], self.files["key"], "localhost")
        make_certificate(self.files["client"], self.files["client_key"], "client")

    @functools.cache
    def server_side(self, wants_client: bool, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.files["certificate"], self.files["key"])
        if alpn:
            context.set_alpn_protocols(alpn)
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.files["client"])
        return context


def faults_of(user_class: str) -> list[Fault]:
    return [fault for fault in FAULTS if user_class in fault.clients]


def play(start_worker, user_class: str, faults: list[Fault], folder: Path, certificates: Certificates) -> dict[str, Outcome]:
    """By fault, what became of its calls."""
    folder.mkdir()
    by_id = {fault.id: fault for fault in faults}
    server = ScriptedServer(
        {fault.id: fault.script for fault in faults},
        lambda name: certificates.server_side(by_id[name].client_certificate),
        lambda name: LOOPBACK if by_id[name].host == TLS_HOST else ADDRESS,
    )
    try:
        cases = folder / "cases.json"
        cases.write_text(json.dumps([case_of(fault, server, certificates) for fault in faults]), encoding="utf-8")
        results = run_cases(start_worker, user_class, cases)
        return {fault.id: outcome(fault, results[fault.id], server) for fault in faults}
    finally:
        server.close()


def case_of(fault: Fault, server: ScriptedServer, certificates: Certificates) -> dict[str, Any]:
    """The fault in the words of http_cases.py."""
    timeouts = [call["options"]["timeout"] for call in fault.calls if "timeout" in call.get("options", {})]
    usual = {"timeout": timeouts[0] if timeouts else TIMEOUT}  # Python's FastHttpUser has one for the whole session
    synchronize = {"method": "GET", "url": f"{server.sync_url}/{fault.id}", "options": usual}
    case = {
        "id": fault.id,
        "host": fault.host,
        "session": fault.session,
        "calls": [synchronize if "sync" in call else call | {"options": usual | call["options"]} for call in fault.calls],
    }
    text = json.dumps(case)
    for name, value in {"port": server.ports[fault.id], "address": ADDRESS, **certificates.files}.items():
        text = text.replace("{" + name + "}", str(value))
    return json.loads(text)


def run_cases(start_worker, user_class: str, cases: Path) -> dict[str, dict[str, Any]]:
    stage = Stage(lambda port: start_worker(port, "http_cases", env={"HTTP_CASES": str(cases)}))
    try:
        stage.wait_connected()
        stage.master.spawn({user_class: 1}, host="http://127.0.0.1:1")
        stage.master.wait_until(
            lambda: stage.master.of_type("cases_done") or stage.master.of_type("exception"),
            "end of the cases",
            patience=PATIENCE,
        )
        assert not stage.master.of_type("exception"), stage.master.of_type("exception")
        return {m.data["id"]: m.data for m in stage.master.of_type("case")}
    finally:
        stage.close()


# What differs between two runs
_VOLATILE = [(re.compile(r"(?<=localhost:)\d+|(?<=127\.0\.0\.[12]:)\d+|(?<=port=)\d+"), "<port>"), (re.compile(r"0x[0-9a-f]{6,}"), "0x..."), (re.compile(r" \(_ssl\.c:\d+\)"), "")]


def _plain(text: str) -> str:
    for pattern, name in _VOLATILE:
        text = pattern.sub(name, text)
    return text


def outcome(fault: Fault, result: dict[str, Any], server: ScriptedServer) -> Outcome:
    is_fault = ["sync" not in call for call in fault.calls]
    answers = [_summary(answer) for answer, counts in zip(result["answers"], is_fault, strict=True) if counts]
    rows = [row for row in result["reported"] if server.sync_url not in (row["url"] or "") and server.sync_url not in row["name"]]
    requests = [_plain(request) for request in server.seen(fault.id)]
    facts = {
        "answers": answers,
        "failures": [_plain(row["failure"]) for row in rows],
        "lengths": [row["length"] for row in rows],
        "requests": requests if fault.connections else [request.split(" ", 1)[1] for request in requests],
    }
    for name in fault.sent:  # what proxies are asked for a tunnel differs by the version of Python
        heads = [head for head in server.heads(fault.id) if not head.startswith(b"CONNECT") or name != "host"]
        facts[name] = [_plain(_header(head, name.encode())) for head in heads]
    return facts


def _summary(answer: dict[str, Any]) -> str:
    if "raised" in answer:
        return _plain(f"raised {answer['raised']}")
    text = f"{answer['status']} {answer['text']!r}"
    if answer["size"] > 100:
        text += f" of {answer['size']} bytes"
    if answer["history"]:
        text += f" after {answer['history']}"
    for name in ("read", "header"):
        if name in answer and answer["status"]:
            text += f" {name} {answer[name]!r}"
    return _plain(text)


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip().decode("latin-1")
    return ""


def without_row(outcome: Outcome) -> bool:
    calls = [answer for answer in outcome["answers"] if not answer.startswith("raised")]
    return len(outcome["failures"]) != len(calls)


def complaints_about(fault: Fault, user_class: str, ours: Outcome, stock: Outcome) -> list[str]:
    _, differences = OURS.get(fault.id, ("", {}))
    expected = stock if SELF_CHECK else stock | differences.get(user_class, {})
    return [
        f"{fault.id}, {fact}:\n  expected: {expected[fact]}\n  got:      {ours[fact]}"
        for fact in ours
        if ours[fact] != expected[fact]
    ]


@pytest.mark.parametrize("client", CLIENTS)  # one test for all faults: they share two workers
def test_faults_have_the_outcome_of_stock(client, tmp_path):
    user_class, environment = CLIENTS[client]
    faults = faults_of(user_class)
    certificates = Certificates(tmp_path)

    def start_ours(port, locustfile, *, env):
        return cpp_worker(port, locustfile, env=env | environment)

    def outcomes(start_worker, name: str) -> dict[str, Outcome]:
        lanes = [faults[i::LANES] for i in range(LANES)]
        with ThreadPoolExecutor(LANES) as pool:
            results = pool.map(
                lambda i: play(start_worker, user_class, lanes[i], tmp_path / f"{name}-{i}", certificates), range(LANES)
            )
            return {fault_id: found for result in results for fault_id, found in result.items()}

    with ThreadPoolExecutor(2) as pool:
        stock, ours = pool.map(outcomes, (stock_worker, start_ours), ("stock", "ours"))
    is_curl = "CPPWORKER_HTTP_ENGINE" in environment
    compared = [fault for fault in faults if not (is_curl and any(re.fullmatch(ids, fault.id) for ids in NOT_OVER_LIBCURL))]
    complaints = [
        line for fault in compared for line in complaints_about(fault, user_class, ours[fault.id], stock[fault.id])
    ]
    complaints += [f"{fault.id}: a call without a row" for fault in faults if without_row(ours[fault.id])]
    assert not complaints, f"{len(complaints)} facts of {len(compared)} faults:\n" + "\n".join(complaints)
    assert len(ours) == len(stock) == len(faults)
    assert len(compared) > 400


@pytest.mark.parametrize("ids", NOT_OVER_LIBCURL)
def test_every_exception_for_libcurl_names_faults(ids):
    assert any(re.fullmatch(ids, fault.id) for fault in FAULTS)


# HTTP/2, which Python's users don't speak


def goes_away_before_the_request(peer: Peer) -> None:
    """The second request of the first connection is not taken: it may be sent again (RFC 9113, 6.8)."""
    http2 = Http2(peer)
    http2.answer(http2.request())
    if peer.number == 0:
        http2.request()
        http2.go_away(last_stream=1)
        http2.wait_for_end()
    http2.answer_all()


def goes_away_after_the_answer(peer: Peer) -> None:
    http2 = Http2(peer)
    stream = http2.request()
    http2.go_away(last_stream=stream)
    http2.answer(stream)
    http2.wait_for_end()


def refuses_once(peer: Peer) -> None:
    """It may be sent again, too (RFC 9113, 8.7)."""
    http2 = Http2(peer)
    http2.answer(http2.request())
    http2.reset(http2.request(), REFUSED_STREAM)
    http2.answer_all()


def refuses_always(peer: Peer) -> None:
    http2 = Http2(peer)
    while True:
        http2.reset(http2.request(), REFUSED_STREAM)


def breaks_a_stream(peer: Peer) -> None:
    http2 = Http2(peer)
    http2.reset(http2.request(), INTERNAL_ERROR)
    http2.answer_all()


HTTP2_SERVERS = {
    server.__name__: server
    for server in (goes_away_before_the_request, goes_away_after_the_answer, refuses_once, refuses_always, breaks_a_stream)
}


@pytest.mark.skipif(SELF_CHECK, reason="Python's users speak HTTP/1.1 only")
def test_what_an_http2_server_did_not_process_is_sent_again(tmp_path):
    certificates = Certificates(tmp_path)
    server = ScriptedServer(HTTP2_SERVERS, lambda _: certificates.server_side(False, ("h2",)))
    calls = [{"method": method, "url": "/x", "options": {"timeout": 10, "data": data}} for method, data in (("GET", ""), ("POST", "x"), ("GET", ""))]
    cases = tmp_path / "cases.json"
    session = {"verify": certificates.files["certificate"], "http_version": "2"}
    cases.write_text(
        json.dumps(
            [{"id": name, "host": f"https://localhost:{server.ports[name]}", "session": session, "calls": calls} for name in HTTP2_SERVERS]
        )
    )
    try:
        results = run_cases(cpp_worker, HTTP, cases)
        statuses = {name: [answer["status"] for answer in results[name]["answers"]] for name in HTTP2_SERVERS}
        tries = len(server.seen("refuses_always"))
    finally:
        server.close()
    assert statuses == {
        "goes_away_before_the_request": [200, 200, 200],
        "goes_away_after_the_answer": [200, 200, 200],
        "refuses_once": [200, 200, 200],
        "refuses_always": [0, 0, 0],
        "breaks_a_stream": [0, 200, 200],
    }
    assert 3 <= tries <= 21
