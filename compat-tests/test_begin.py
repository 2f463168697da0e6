"""The beginning of an author's work: `cpp-worker init`, flags in the locustfile, `cpp-worker doctor`."""

from __future__ import annotations

import pytest

from support.http_server import HttpServer
from support.ports import free_port
from support.settings import COMPILE_PATIENCE, LOOPBACK
from support.web_ui import WebUi
from support.workers import SELF_CHECK, run_binary, stock_master

pytestmark = pytest.mark.skipif(SELF_CHECK, reason="about cpp-worker's own commands")


def output_of(ended, *arguments, code=0) -> str:
    process = ended(run_binary(*arguments))
    assert process.wait(COMPILE_PATIENCE) == code, process.output
    return process.output


def test_the_locustfile_of_init_runs_and_takes_flags(ended, tmp_path):
    shop = tmp_path / "shop"
    assert "--debug-user ShopUser" in output_of(ended, "init", shop)
    locustfile = shop / "locustfile.cpp"
    (shop / "own").mkdir()
    (shop / "own" / "digest.hpp").write_text('extern "C" const char* zlibVersion();\n')
    text = locustfile.read_text().replace("#include <string>", '// cpp-worker: -lz -Iown\n#include <string>\n#include "digest.hpp"')
    locustfile.write_text(text.replace('client().get("/");', 'client().get(std::string("/") + zlibVersion());'))
    server = ended(HttpServer())
    output = output_of(ended, "-f", locustfile, "--debug-user", "ShopUser", "--iterations", 3, "--host", server.url, "--items", 1)
    assert "warning:" not in output
    on_start, *tasks = server.requests().elements()
    assert on_start.startswith("GET /1."), "zlib's version"
    assert len(tasks) == 3
    assert set(tasks) <= {"GET /items/1", "GET /search"}
    assert "exists" in output_of(ended, "init", shop, code=1)


def test_doctor_recognises_a_stock_master_and_refuses_its_web_port(ended):
    port, web_port = free_port(), free_port()
    ended(stock_master(port, "compat", options=["--web-port", web_port]))
    WebUi(web_port).wait_for(lambda: True, "the master's web UI")
    # Without the compiler it is quick. That is an error of its own.
    found = {}
    for number in (port, web_port):
        output = output_of(
            ended, "doctor", "--master-host", LOOPBACK, "--master-port", number, "--cxxflags", "-c", code=1
        )
        found[number] = next(line for line in output.splitlines() if " master: " in line)
        assert "error    compiler: --cxxflags: remove -c" in output
        assert "ok       open files: " in output or "warning  open files: " in output
    assert found[port].startswith("ok ")
    assert found[web_port].startswith("error ")
