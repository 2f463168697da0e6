"""A network between a master and a worker that can be cut: packets are dropped, and no end is informed."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess

TOOLS = ("ip", "nft")
_numbers = itertools.count()


def why_not_here() -> str | None:
    """A reason to skip tests that need a network of their own, or None."""
    if os.geteuid() != 0:
        return "a network namespace needs root"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=_PATH) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (scripts/setup installs iproute2 and nftables)"
    return None


class CutNetwork:
    """A network namespace for the master, with one link to here. `address` is the master's.

    @param longest_resend_interval In milliseconds: the namespace's net.ipv4.tcp_rto_max_ms (Linux 6.15).
        None leaves the kernel's two minutes.
    """

    def __init__(self, longest_resend_interval: int | None = None):
        number = next(_numbers)
        tag = f"{os.getpid() % 100000}x{number}"
        self.namespace, here, there = f"cw{tag}", f"cwh{tag}"[:15], f"cwt{tag}"[:15]
        # One of 65,536 networks of two hosts, by process and number.
        network = (os.getpid() * 64 + number) % 16384
        prefix = f"10.{200 + network // 4096}.{network // 16 % 256}.{network % 16 * 16}".rsplit(".", 1)
        base, last = prefix[0], int(prefix[1])
        self.address = f"{base}.{last + 1}"
        _run("ip", "netns", "add", self.namespace)
        _run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", self.namespace)
        _run("ip", "addr", "add", f"{base}.{last + 2}/28", "dev", here)
        _run("ip", "link", "set", here, "up")
        self._inside("ip", "addr", "add", f"{self.address}/28", "dev", there)
        self._inside("ip", "link", "set", there, "up")
        self._inside("ip", "link", "set", "lo", "up")
        self._inside("nft", "add table inet cut")
        for chain, hook, interface in (("in", "input", "iifname"), ("out", "output", "oifname")):
            self._inside("nft", f"add chain inet cut {chain} {{ type filter hook {hook} priority 0; }}")
        self._link = there
        if longest_resend_interval is not None:
            self._inside("sysctl", "-w", f"net.ipv4.tcp_rto_max_ms={longest_resend_interval}")
            # Otherwise 15 attempts, at such intervals, are all that the kernel makes.
            self._inside("sysctl", "-w", f"net.ipv4.tcp_retries2={180_000 // longest_resend_interval}")

    @property
    def prefix(self) -> list[str]:
        """Before a command that is to run on the master's side."""
        return ["ip", "netns", "exec", self.namespace]

    def cut(self, port: int) -> None:
        """Drops what goes over the link from or to this port of the master's side."""
        self._filter(port, "drop")

    def lose(self, port: int, percent: int) -> None:
        """Drops a part of it, at random. Less than 100 percent."""
        self._filter(port, f"numgen random mod 100 < {percent} drop")

    def mend(self) -> None:
        self._inside("nft", "flush table inet cut")

    def close(self) -> None:
        subprocess.run(["ip", "netns", "del", self.namespace], capture_output=True, env=_ENVIRONMENT)

    def _filter(self, port: int, action: str) -> None:
        self._inside("nft", f"add rule inet cut in iifname {self._link} tcp dport {port} {action}")
        self._inside("nft", f"add rule inet cut out oifname {self._link} tcp sport {port} {action}")

    def _inside(self, *command: str) -> None:
        _run(*self.prefix, *command)


_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
_ENVIRONMENT = os.environ | {"PATH": _PATH}


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=_ENVIRONMENT)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
