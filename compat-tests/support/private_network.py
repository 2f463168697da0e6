"""A network of a scene's own: addresses of its loopback interface fall silent, and host names move.

    python -m support.private_network MODULE SCENE ARGUMENT…

It needs root and `unshare --mount --net` around it. It calls the function SCENE of MODULE and prints what it returns, as JSON.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .name_server import replace

TOOLS = ("unshare", "ip", "nft", "ss")
PATIENCE = 200.0
"""Seconds for a scene. It ends one that would hang."""

_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def unavailable() -> str:
    """Why such a network can't be made here; "" if it can."""
    if os.geteuid() != 0:
        return "needs root: makes a network and a mount namespace"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=_PATH) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (scripts/setup installs iproute2 and nftables)"
    done = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"unshare is not permitted here: {done.stderr.strip()}"


def play(scene: Callable[..., Any], *arguments: str) -> Any:
    """What `scene(ended, *arguments)` returns; `ended` is the fixture of that name."""
    done = subprocess.run(
        ["unshare", "--mount", "--net", sys.executable, "-m", __name__, scene.__module__, scene.__name__, *arguments],
        cwd=Path(__file__).parents[1],
        env=os.environ | {"PATH": _PATH},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def silence(address: str) -> None:
    """Drops all packets to and from an address; no end is informed."""
    silence_towards(address)
    _filter(f"ip saddr {address} drop")


def silence_towards(address: str) -> None:
    """Drops all packets to an address. What it has received it still answers."""
    _filter(f"ip daddr {address} drop")


def silence_new_connections(address: str) -> None:
    """Attempts to connect to an address get no answer. Connections that exist go on."""
    _filter(f"ip daddr {address} tcp flags & (syn | ack) == syn drop")


def mend() -> None:
    _run("nft", "flush", "table", "inet", "faults")


def forget_connections(address: str) -> None:
    """What the kernel at a silenced address knows of its connections is gone, as if its machine had been switched off."""
    _run("ss", "--kill", "--tcp", "src", address)
    left = _run("ss", "--no-header", "--tcp", "src", address)
    assert not left, f"the kernel has no CONFIG_INET_DIAG_DESTROY: {left}"


def _filter(rule: str) -> None:
    _run("nft", "add", "table", "inet", "faults")
    _run("nft", "add chain inet faults in { type filter hook input priority 0; }")
    _run("nft", "add", "rule", "inet", "faults", "in", rule)


class HostName:
    """A name in /etc/hosts, seen by this scene only."""

    def __init__(self, name: str, address: str):
        self._name = name
        replace("/etc/hosts", "")
        replace("/etc/nsswitch.conf", "hosts: files\npasswd: files\ngroup: files\n")
        self.move(address)

    def move(self, address: str) -> None:
        Path("/etc/hosts").write_text(f"{address} {self._name}\n")


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def main() -> None:
    _run("ip", "link", "set", "lo", "up")
    module, scene, *arguments = sys.argv[1:]
    with contextlib.ExitStack() as stack:

        def ended(thing: Any) -> Any:
            stack.callback(thing.stop if hasattr(thing, "stop") else thing.close)
            return thing

        result = getattr(importlib.import_module(module), scene)(ended, *arguments)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
