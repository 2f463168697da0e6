"""Phases of requests against the server's own record of its delays."""

import statistics

from support import exact_phases, name_server

from ..machine import GENERATOR_CPU, SERVER_CPU
from ..report import Table

CLIENTS = {
    "HttpUser": ("Requests", "own"),
    "HttpUser, libcurl": ("Requests", "curl"),
    "FastHttpUser": ("Fast", "own"),
}
ROWS = [("lookup", "dns"), ("tls", "tls"), ("upload", "send"), ("kept", "wait"), ("kept", "receive")]
"""The scene in which a phase is compared. Nothing can delay a connection to the loopback device."""
LIMIT_MS = 0.2


def run(options):
    table = Table("phases", "Phases of requests: recorded time minus the server's own record, ms (min / median / p99)",
                  ["client and phase", "requests", "difference", f"within {LIMIT_MS} ms"])  # fmt: skip
    count = 10 if options.smoke else 200
    for name, client in list(CLIENTS.items())[: 1 if options.smoke else None]:
        played = {}
        for scene, phase in ROWS:
            if reason := name_server.unavailable():
                table.row(f"{name}, {phase}", reason)
            else:
                _row(table, name, scene, phase, _played(played, scene, client, count))
    return [table]


def _played(played, scene, client, count):
    if scene not in played:
        played[scene] = exact_phases.play(scene, client, count, cpus=(SERVER_CPU, GENERATOR_CPU))
    return played[scene]


def difference_ms(one, phase):
    """Of one request: what cpp-worker recorded, minus what the server did."""
    recorded, server = one.phases[phase], one.server
    if phase == "send":
        # The client's kernel takes the last bytes while the server reads: after the delay, and before it has read all of them.
        return recorded - min(max(recorded, server["read"]), server["upload"])
    return recorded - server[{"dns": "lookup", "tls": "handshake", "wait": "wait", "receive": "gap"}[phase]]


def _row(table, name, scene, phase, exchanges):
    found = sorted(difference_ms(one, phase) for one in exchanges)
    p99 = found[int(0.99 * (len(found) - 1))]
    share = sum(abs(one) <= LIMIT_MS for one in found) / len(found)
    table.row(f"{name}, {phase}", len(found), f"{found[0]:.3f} / {statistics.median(found):.3f} / {p99:.3f}",
              f"{100 * share:.1f} %", minimum=found[0], median=statistics.median(found), p99=p99, share=share)  # fmt: skip
