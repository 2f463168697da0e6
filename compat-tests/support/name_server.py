"""Host names in namespaces of the test's own: this module, run as a program, is the whole scene.

    python -m support.name_server SCENE COMMAND…

It needs root and `unshare --mount --net` around it. It answers name lookups, serves HTTP on several loopback addresses,
runs the command (a worker or Locust with one user of locustfiles/names.*) and prints what the servers and the name
server have seen, as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

COMMAND_PATIENCE = 120.0
"""Seconds."""

SLOW = 0.05
"""Seconds."""

SERVER_FAILED = 2
"""A code of DNS."""


def unavailable() -> str:
    """Why such namespaces can't be made here; "" if they can."""
    if os.geteuid() != 0:
        return "needs root: makes a network and a mount namespace"
    for program in ("unshare", "ip", "cc"):
        if shutil.which(program) is None:
            return f"needs {program}: scripts/setup installs it"
    done = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"unshare is not permitted here: {done.stderr.strip()}"


def play(scene: str, command: list) -> dict:
    """What the servers of a scene have seen of a command that runs in it."""
    done = subprocess.run(
        ["unshare", "--mount", "--net", sys.executable, "-m", __name__, scene, *command],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=COMMAND_PATIENCE + 30,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


class Web:
    """Answers a request with 200 and closes the connection; notes who was connected to."""

    def __init__(self, seen: list[str], address: str, port: int = 0):
        self._seen, self.address = seen, address
        self._listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][4])
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            head = connection.recv(65536)
            if head:
                self._seen.append(self.address)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class NameServer:
    """Answers questions for A records with answer(name), a list of addresses; their time to live is 1 s. Before, so
    many questions fail; a lookup has two, for IPv4 and IPv6."""

    def __init__(self, answer, failing: int = 0):
        self.asked = 0
        self.unanswered: set[str] = set()
        """Names about which it says nothing."""
        self.broken: set[str] = set()
        """Names for which it fails."""
        self.ignored = 0
        """Questions for the former."""
        self._failing = failing
        self._answer = answer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        replace("/etc/resolv.conf", "")
        wait_for_names(2)
        replace("/etc/nsswitch.conf", "hosts: files dns\npasswd: files\ngroup: files\n")
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            question, client = self._socket.recvfrom(2048)
            end = question.index(b"\0", 12)
            labels, at = [], 12
            while at < end:
                labels.append(question[at + 1 : at + 1 + question[at]].decode())
                at += question[at] + 1
            (kind,) = struct.unpack("!H", question[end + 1 : end + 3])
            name = ".".join(labels)
            if name in self.unanswered:
                self.ignored += 1
                continue
            code, records = 0, []
            if self._failing > 0 or name in self.broken:
                self._failing -= 1
                code = SERVER_FAILED
            elif kind == 1:
                self.asked += 1
                records = self._answer(name)
            reply = question[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0) + question[12 : end + 5]
            for address in records:
                reply += b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 1, 4) + socket.inet_aton(address)
            self._socket.sendto(reply, client)


def wait_for_names(seconds: int) -> None:
    """So long waits a lookup for an answer. After a NameServer has been made."""
    Path("/etc/resolv.conf").write_text(f"nameserver 127.0.0.1\noptions timeout:{seconds} attempts:1\n")


def replace(place: str, text: str) -> None:
    """Puts another file there, in this mount namespace only."""
    with tempfile.NamedTemporaryFile("w", suffix="-names", delete=False) as file:
        file.write(text)
    subprocess.run(["mount", "--bind", file.name, place], check=True)
    os.unlink(file.name)  # the mount keeps it


SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
/* What systemd-resolved and mDNS do: a name has a link-local address, with its interface. */
int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** out) {
  int (*real)(const char*, const char*, const struct addrinfo*, struct addrinfo**) =
      (int (*)(const char*, const char*, const struct addrinfo*, struct addrinfo**))dlsym(RTLD_NEXT, "getaddrinfo");
  return real(node && strcmp(node, "link.test") == 0 ? "fe80::77%d0" : node, service, hints, out);
}
"""


def run(command: list[str], host: str, port: int, count: int, pause: float = 0.0, **environment: str) -> str:
    settings = {"NAMES_HOST": host, "NAMES_PORT": str(port), "NAMES_COUNT": str(count), "NAMES_PAUSE": str(pause)}
    inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        command, env=inherited | settings | environment, capture_output=True, text=True, timeout=COMMAND_PATIENCE
    )
    return done.stdout + done.stderr


def round_robin(command: list[str]) -> dict:
    """Four addresses, which the name server turns with each answer."""
    addresses = [f"127.0.0.{i}" for i in (11, 12, 13, 14)]

    def answer(_name: str) -> list[str]:
        addresses.append(addresses.pop(0))
        return addresses

    names, seen = NameServer(answer), []
    port = Web(seen, addresses[0]).port
    for address in addresses[1:]:
        Web(seen, address, port)
    output = run(command, "turning.test", port, 40)
    return {"seen": seen, "lookups": names.asked, "output": output}


def one_is_down(command: list[str]) -> dict:
    """Of four addresses only the last one accepts connections."""
    names, seen = NameServer(lambda _name: [f"127.0.0.{i}" for i in (12, 13, 14, 11)]), []
    output = run(command, "half.test", Web(seen, "127.0.0.11").port, 8)
    return {"seen": seen, "lookups": names.asked, "output": output}


def change(command: list[str]) -> dict:
    """After the first connection the address changes, and the old one refuses."""
    seen: list[str] = []
    old = Web(seen, "127.0.0.11")
    Web(seen, "127.0.0.12", old.port)

    def answer(_name: str) -> list[str]:
        return ["127.0.0.12" if moved.is_set() else "127.0.0.11"]

    def move() -> None:
        while not seen:
            moved.wait(0.01)
        moved.set()
        old.close()

    moved = threading.Event()
    names = NameServer(answer)
    threading.Thread(target=move, daemon=True).start()
    output = run(command, "moving.test", old.port, 4, pause=0.5)
    return {"seen": seen, "lookups": names.asked, "output": output}


def failing(command: list[str]) -> dict:
    """The name server fails for the first lookup."""
    NameServer(lambda _name: ["127.0.0.11"], failing=2)
    seen: list[str] = []
    output = run(command, "failing.test", Web(seen, "127.0.0.11").port, 3)
    return {"seen": seen, "output": output}


def slow(command: list[str]) -> dict:
    """The name server takes SLOW seconds for each answer, and answers are not kept."""

    def answer(_name: str) -> list[str]:
        time.sleep(SLOW)
        return ["127.0.0.11"]

    NameServer(answer)
    seen: list[str] = []
    output = run(command, "slow.test", Web(seen, "127.0.0.11").port, 3, pause=1.2)
    return {"seen": seen, "output": output}


def link_local(command: list[str], host: str = "link.test") -> dict:
    """A name whose address is link-local. The server at ::1 is for whoever
    makes :: of it."""
    interface = "ip link add d0 type veth peer name d1 && ip link set d0 up && ip link set d1 up"
    subprocess.run(f"{interface} && ip -6 addr add fe80::77/64 dev d0 nodad", shell=True, check=True)
    seen: list[str] = []
    port = Web(seen, "fe80::77%d0").port
    Web(seen, "::1", port)
    with tempfile.TemporaryDirectory() as folder:
        source, shim = Path(folder, "shim.c"), Path(folder, "shim.so")
        source.write_text(SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
        output = run(command, host, port, 2, LD_PRELOAD=str(shim))
    return {"seen": seen, "output": output}


def link_local_literal(command: list[str]) -> dict:
    """The address itself, as RFC 6874 has it."""
    return link_local(command, "[fe80::77%25d0]")


def link_local_master(command: list[str]) -> dict:
    """A master at a link-local address: the command is a worker, which is to connect there."""
    interface = "ip link add d0 type veth peer name d1 && ip link set d0 up && ip link set d1 up"
    subprocess.run(f"{interface} && ip -6 addr add fe80::77/64 dev d0 nodad", shell=True, check=True)
    listener = socket.socket(socket.AF_INET6)
    listener.bind(socket.getaddrinfo("fe80::77%d0", 0, type=socket.SOCK_STREAM)[0][4])
    listener.listen()
    listener.settimeout(COMMAND_PATIENCE)
    port = str(listener.getsockname()[1])
    worker = subprocess.Popen(
        [*command, f"--master-port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        connection, _ = listener.accept()
        return {"greeting": connection.recv(1).hex()}
    finally:
        worker.kill()
        worker.wait()


SCENES = {
    scene.__name__: scene
    for scene in (round_robin, one_is_down, change, failing, slow, link_local, link_local_literal, link_local_master)
}


def main() -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    print(json.dumps(SCENES[sys.argv[1]](sys.argv[2:])))


if __name__ == "__main__":
    main()
