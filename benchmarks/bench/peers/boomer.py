"""boomer, a worker for Locust's master in Go: built from a module that --boomer names.

The module's main must take the master's address as boomer's own flags (--master-host, --master-port)
and the URL as $BENCH_URL. The Go proxy has no boomer itself; the row says so without a module.
"""

from pathlib import Path

from ..cluster import ClusterGenerator
from . import PEERS, build_once

BINARY = PEERS / "boomer"


class Boomer(ClusterGenerator):
    name = "boomer"

    def __init__(self, module):
        self._module = module

    def unavailable(self):
        if not self._module:
            return "no --boomer=PATH (2026-07: 10.4 µs with fasthttp, 23.3 with net/http, wrk 7.3)"
        return build_once(
            BINARY, "boomer", "go", [["go", "build", "-o", BINARY, "."]], cwd=Path(self._module).resolve()
        )

    def worker(self, load):
        load.env["BENCH_URL"] = load.host + load.path
        return [BINARY]
