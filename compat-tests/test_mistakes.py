"""What an author may get wrong must be noticed: by the compiler, or in the master's web UI as with a Python worker."""

from __future__ import annotations

import pytest

from support.http_server import HttpServer
from support.ports import free_port
from support.settings import REPOSITORY
from support.web_ui import WebUi
from support.workers import SELF_CHECK, cpp_worker, run_binary, stock_master, stock_worker


@pytest.mark.parametrize("start_worker", [stock_worker, cpp_worker])
def test_a_missing_cookie_or_header_ends_the_task(ended, start_worker):
    server = ended(HttpServer())
    port, web_port = free_port(), free_port()
    ended(stock_master(port, "missing", options=["--web-port", web_port, "--host", server.url]))
    ui = WebUi(web_port)
    ended(start_worker(port, "missing")).expect("Connected to the master|Starting Locust")
    ui.wait_for(lambda: len(ui.stats()["workers"]) == 1, "a worker")
    ui.swarm(4)
    texts = lambda: {error["msg"].removeprefix("KeyError: ") for error in ui.exceptions()}  # noqa: E731
    ui.wait_for(lambda: len(texts()) >= 2, "two kinds of exceptions")
    assert texts() == {"\"name='csrftoken', domain=None, path=None\"", "'x-request-id'"}
    if start_worker is cpp_worker and not SELF_CHECK:
        assert all(error["msg"].startswith("KeyError: ") for error in ui.exceptions()), "Python's have the type in the log only"
    assert set(server.requests()) == {"GET /login"}, "the tasks end before their second request"


def test_the_compilers_warnings_are_shown_and_end_nothing(ended, tmp_path):
    locustfile = tmp_path / "warned.cpp"
    locustfile.write_text(
        (REPOSITORY / "compat-tests/locustfiles/missing.cpp")
        .read_text()
        .replace("const Response form = ", "const int unused = 7;\n    const Response form = ")
    )
    worker = ended(run_binary("-f", locustfile, "--list"))
    assert worker.wait() == 0, worker.output
    assert [line for line in worker.output.splitlines() if "warning:" in line and "unused" in line], worker.output
    assert worker.output.count("warning:") == 1, "none is of the library's headers"
    assert "FormUser" in worker.output
