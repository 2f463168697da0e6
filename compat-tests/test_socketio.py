"""examples/socketio and Locust's SocketIOUser in one cluster, with the same server: the same rows and failures."""

from __future__ import annotations

from support.reports import Reports
from support.settings import LOCUSTFILES, REPOSITORY
from support.socketio_server import SocketIoServer
from support.twin_cluster import TwinCluster
from support.waiting import wait_until

EXAMPLE = REPOSITORY / "examples" / "socketio" / "locustfile"


def texts(reports: Reports) -> set[tuple[str, str, str]]:
    return {(error["method"], error["name"], error["error"]) for error in reports.errors.values()}


def test_the_example(ended, tmp_path):
    """The rows of both are the server's own counts, but for what users were doing when the master quit. The server pings
    each second."""
    server = ended(SocketIoServer())
    users = 8
    cluster = TwinCluster(ended, tmp_path, EXAMPLE, users, host=server.url)
    wait_until(lambda: server.counts["say"] > 60 and server.counts["typing"] > 15)
    python, cpp = cluster.finish()
    assert cpp.requests.keys() == python.requests.keys()
    assert cpp.shape() == python.shape()
    assert cpp.lengths_per_request() == python.lengths_per_request()
    assert not cpp.errors and not python.errors
    assert python.requests["WS connect"] == cpp.requests["WS connect"] == 4
    both = python.requests + cpp.requests
    counts = server.counts
    for row, count in (("WSE say", "say"), ("WSC say", "say"), ("WSR said", "say"), ("WSE typing", "typing")):
        assert abs(both[row] - counts[count]) <= users, (row, both, counts)
    assert counts["connect"] == users
    wait_until(lambda: counts["disconnect"] == users)


def test_cases_have_the_same_rows(ended, tmp_path):
    """Refusals, events of all types, namespaces, acknowledgements of both sides, a timeout, and the end by the server."""
    server = ended(SocketIoServer())
    users = 6
    cluster = TwinCluster(ended, tmp_path, LOCUSTFILES / "socketio_cases", users, host=server.url)
    cluster.wait_reported("CASES done", users // 2)
    python, cpp = cluster.finish()
    assert cpp.requests == python.requests
    assert cpp.failures == python.failures
    assert cpp.lengths == python.lengths
    assert texts(cpp) == texts(python)
    assert {error for _, _, error in texts(cpp)} == {
        "BadNamespaceError('/ is not a connected namespace.')",
        "ConnectionError('Already connected')",
        "ConnectionError('Connection error')",
        "ConnectionError('One or more namespaces failed to connect: /')",
        "ConnectionError('One or more namespaces failed to connect: /closed')",
        "ConnectionError('Unexpected connection error')",
        "ConnectionError('no OPEN packet')",
        "TimeoutError()",
    }
    # What the server has seen, of the users of both.
    assert {name: count / users for name, count in server.counts.items()} == {
        **{"connect": 4, "refused": 1, "disconnect": 3, "data": 6, "message": 2, "echo": 4, "nothing": 1},
        **{"acknowledged None": 3, "acknowledged 8": 1},
    }
