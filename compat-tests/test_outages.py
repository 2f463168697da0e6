"""The master, the worker or the network between them stands still: nothing is lost, counted twice or orphaned.

The rows are those of docs/PROTOCOL.md. `OUTAGES=all` plays every combination, 126 in all; a part of them covers the
rows without it. `pytest -rP` shows how long after each outage the users were as the master wants them.
"""

from __future__ import annotations

import os

import pytest

from support import network
from support.outage import Outage, play_all, play_loss

KINDS = ("network", "master", "worker")
DURATIONS = (2, 5, 9, 12, 20, 45, 90)
PHASES = ("ramp", "run", "stop")
POLICIES = ("rejoin", "keep-running")

ALL = [Outage(k, d, p, o) for k in KINDS for d in DURATIONS for p in PHASES for o in POLICIES]
PART = [
    outage
    for outage in ALL
    # One policy is as good as the other while the master does not count as lost.
    if (outage.policy == "rejoin" and outage.seconds in (2, 9, 20)) or (outage.phase != "ramp" and outage.seconds == 90)
]


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("kind", KINDS)
def test_outages(kind, tmp_path):
    if kind == "network" and (reason := network.why_not_here()):
        pytest.skip(reason)
    outages = [o for o in (ALL if os.environ.get("OUTAGES") == "all" else PART) if o.what == kind]
    results = play_all(outages, tmp_path, at_once=8)
    for result in results:
        print(f"{result.outage}: as wanted after {result.seconds and round(result.seconds, 1)} s")
    faults = [fault for result in results for fault in result.faults]
    assert not faults, "\n".join(faults)


@pytest.mark.skipif(bool(network.why_not_here()), reason=network.why_not_here() or "-")
def test_packets_are_lost(tmp_path):
    """A fifth of them: of ten packets and their acknowledgements, four do not arrive at the first attempt."""
    assert not play_loss(20, tmp_path)
