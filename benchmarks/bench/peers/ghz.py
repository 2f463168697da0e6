"""ghz, from the Go module proxy."""

from ..generator import Generator
from ..machine import ROOT
from . import PEERS, build_once

VERSION = "v0.93.0"
BINARY = PEERS / "ghz/bin/ghz"


class Ghz(Generator):
    name = f"ghz {VERSION[1:]}"

    def unavailable(self):
        command = ["go", "install", f"github.com/bojand/ghz/cmd/ghz@{VERSION}"]
        return build_once(BINARY, self.name, "go", [command], env={"GOBIN": str(BINARY.parent)})

    def command(self, load):
        return [BINARY, "--insecure", "--proto", ROOT / "examples/grpc/hello.proto", "--call", "locust.hello.HelloService.SayHello",
                "-d", '{"name":"Test"}', "-c", load.users, "--connections", load.users, "-z", f"{load.seconds + 120:.0f}s",
                load.host.split("//")[1]]  # fmt: skip
