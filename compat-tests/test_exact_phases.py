"""The phases of each request, compared with the server's own record of the delays that it made for this request.

Asserted is only what holds on a machine with other things to do: no phase is shorter than its delay. How much longer phases are is measured by
`benchmarks/run --only phases`."""

from __future__ import annotations

import statistics

import pytest

from support import exact_phases, name_server

REQUESTS = 30
ROUNDING_MS = 0.002
"""libcurl counts in microseconds."""
CLIENTS = [("Requests", "own"), ("Requests", "curl"), ("Fast", "own")]
"""User classes and engines of HttpUser."""

pytestmark = pytest.mark.skipif(bool(name_server.unavailable()), reason=name_server.unavailable() or "-")


@pytest.fixture(params=CLIENTS, ids="-".join)
def client(request):
    return request.param


def play(scene: str, client: tuple[str, str]) -> list[exact_phases.Exchange]:
    exchanges = exact_phases.play(scene, client, REQUESTS)
    assert len(exchanges) == REQUESTS
    for one in exchanges:
        phases, server = one.phases, one.server
        # The client reads its clock after the call that sends the end of the request. If it loses the CPU between them, `wait` begins late, but
        # then `send` ends as late. The same holds for the first bytes of the response.
        assert phases["send"] + phases["wait"] >= server["read"] + server["wait"] - ROUNDING_MS, one
        made = server["tls"] + server.get("lookup", 0) + server["read"] + server["wait"] + server["gap"]
        assert made - ROUNDING_MS <= sum(phases.values()) <= one.response_time + ROUNDING_MS, one
    assert_usually_longer(exchanges, "wait", "wait")
    assert_usually_longer(exchanges, "receive", "gap")
    return exchanges


def assert_usually_longer(exchanges: list[exact_phases.Exchange], phase: str, delay: str) -> None:
    """Delays are milliseconds; half a millisecond is far more than the time between two steps of a client that has a CPU."""
    differences = [one.phases[phase] - one.server[delay] for one in exchanges]
    assert statistics.median(differences) >= -0.5, differences


def test_kept_connection(client):
    exchanges = play("kept", client)
    assert [set(one.phases) - {"send", "wait", "receive"} for one in exchanges] == [{"connect"}] + [set()] * (REQUESTS - 1)


def test_tls_handshakes(client):
    for one in play("tls", client):
        assert set(one.phases) == {"connect", "tls", "send", "wait", "receive"}
        assert one.server["tls"] >= 4
        assert one.phases["connect"] + one.phases["tls"] >= one.server["tls"] - ROUNDING_MS, one


def test_uploads(client):
    for one in play("upload", client):
        assert one.server["read"] >= 3
        assert one.phases["send"] + one.phases.get("connect", 0) >= one.server["read"] - ROUNDING_MS, one


def test_lookups(client):
    for one in play("lookup", client):
        assert set(one.phases) == {"dns", "connect", "send", "wait", "receive"}
        assert one.server["lookup"] >= 3
        assert one.phases["dns"] >= one.server["lookup"], one
