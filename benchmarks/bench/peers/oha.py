"""oha, from crates.io."""

from ..generator import Generator
from . import PEERS, build_once

VERSION = "1.16.0"
BINARY = PEERS / "oha/bin/oha"


class Oha(Generator):
    name = f"oha {VERSION}"

    def unavailable(self):
        return build_once(
            BINARY, self.name, "cargo",
            [["cargo", "install", "--quiet", "--locked", "--root", PEERS / "oha", "oha", "--version", VERSION]],
            env={"CARGO_TARGET_DIR": str(PEERS / "target")},
        )  # fmt: skip

    def command(self, load):
        return [BINARY, "--no-tui", "--insecure", "-c", load.users, "-z", f"{load.seconds + 60:.0f}s", load.host + load.path]
