"""goose, a library from crates.io; the load test is goose/src/main.rs."""

from pathlib import Path

from ..generator import Generator
from . import PEERS, build_once

PROJECT = Path(__file__).parent / "goose"
BINARY = PEERS / "target/release/goose_users"


class Goose(Generator):
    name = "goose 0.19.0"

    def unavailable(self):
        return build_once(
            BINARY, self.name, "cargo",
            [["cargo", "build", "--quiet", "--release", "--manifest-path", PROJECT / "Cargo.toml"]],
            env={"CARGO_TARGET_DIR": str(PEERS / "target")},
        )  # fmt: skip

    def command(self, load):
        return [BINARY, "--host", load.host, "--users", load.users, "--increase-rate", load.users,
                "--run-time", f"{load.seconds + 120:.0f}s", "--no-reset-metrics", "--quiet"]  # fmt: skip
