"""k6, from the Go module proxy."""

from pathlib import Path

from ..generator import Generator
from . import PEERS, build_once

VERSION = "v1.8.1"
BINARY = PEERS / "k6/bin/k6"


class K6(Generator):
    name = f"k6 {VERSION[1:]}"

    def unavailable(self):
        return build_once(
            BINARY, self.name, "go", [["go", "install", f"go.k6.io/k6@{VERSION}"]], env={"GOBIN": str(BINARY.parent)}
        )

    def command(self, load):
        return [BINARY, "run", "--quiet", "--no-usage-report", "--insecure-skip-tls-verify", "--vus", load.users,
                "--duration", f"{load.seconds + 120:.0f}s", "-e", f"URL={load.host}{load.path}",
                Path(__file__).with_name("k6.js")]  # fmt: skip
