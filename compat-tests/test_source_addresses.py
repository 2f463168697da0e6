"""`--source-addresses`: the servers see the addresses that connections come from."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter, defaultdict

import pytest

from support import few_ports
from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK
from support.stage import Stage
from support.workers import CACHE, compile_once, cpp_worker, run_binary

LOCUSTFILE = LOCUSTFILES / "sources.cpp"
ADDRESSES = [f"127.0.0.{last}" for last in range(2, 10)]
CONNECTIONS = 80
USERS = {"Http": "/http", "Curl": "/curl", "Fast": "/fast", "Tcp": "/tcp", "Udp": "/udp"}


class PeerServer:
    """Answers over TCP, one HTTP request per connection, and over UDP; notes the peers' addresses by path."""

    def __init__(self):
        self.peers: dict[str, Counter[str]] = defaultdict(Counter)
        self._tcp = socket.create_server((LOOPBACK, 0), backlog=1000)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((LOOPBACK, 0))
        self.port, self.udp_port = (one.getsockname()[1] for one in (self._tcp, self._udp))
        for serve in (self._serve_tcp, self._serve_udp):
            threading.Thread(target=serve, daemon=True).start()

    def _serve_tcp(self) -> None:
        while True:
            try:
                connection, (address, _) = self._tcp.accept()
            except OSError:
                return
            with connection:
                head = connection.recv(65536)
                if head:
                    self.peers[head.split()[1].decode()][address] += 1
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def _serve_udp(self) -> None:
        while True:
            datagram, peer = self._udp.recvfrom(65536)
            if not datagram:
                return
            self.peers[datagram.decode()][peer[0]] += 1
            self._udp.sendto(b"ok", peer)

    def stop(self) -> None:
        self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self._udp.getsockname())

    def environment(self, user: str) -> dict[str, str]:
        engine = {"CPPWORKER_HTTP_ENGINE": "curl"} if user == "Curl" else {}
        return engine | {"SOURCES_PORT": str(self.port), "SOURCES_UDP_PORT": str(self.udp_port)}


@pytest.mark.parametrize("user", USERS)
def test_without_a_master_each_address_has_the_same_share(ended, user):
    """Also if the name has an IPv6 address that no local address fits to."""
    compile_once(LOCUSTFILE)
    server = ended(PeerServer())
    process = ended(
        run_binary(
            *("-f", LOCUSTFILE, "--headless", "--threads=2", user, "-u", 8, "-r", 1000),
            *("--host", f"http://localhost:{server.port}", "--source-addresses", "127.0.0.2-127.0.0.9"),
            env=server.environment(user) | {"SOURCES_COUNT": str(CONNECTIONS)},
        )
    )
    assert process.wait(COMPILE_PATIENCE) == 0, process.output
    assert server.peers[USERS[user]] == dict.fromkeys(ADDRESSES, CONNECTIONS // len(ADDRESSES))


def test_under_a_master(ended):
    server = ended(PeerServer())
    environment = server.environment("") | {"CPPWORKER_SOURCE_ADDRESSES": ",".join(ADDRESSES)}
    stage = ended(Stage(lambda port: cpp_worker(port, "sources", env=environment)))
    stage.wait_connected()
    stage.step("run")
    kinds = ["Http", "Fast", "Tcp", "Udp"]
    stage.master.spawn(dict.fromkeys(kinds, 4), host=f"http://localhost:{server.port}", stop_timeout=10.0)
    for kind in kinds:
        stage.wait_counted({"Tcp": "TCP", "Udp": "UDP"}.get(kind, "GET"), USERS[kind], 200)
    stage.step("stop")
    stage.master.send("stop")
    stage.wait("client_stopped")
    total = sum(server.peers.values(), Counter())
    assert sorted(total) == ADDRESSES
    assert max(total.values()) - min(total.values()) <= 4 * len(kinds), "one for each user that was about to connect"


@pytest.mark.skipif(few_ports.unavailable() != "", reason=few_ports.unavailable())
@pytest.mark.parametrize("user", ["HeldFast", "HeldTcp"])
def test_each_address_has_all_ports_for_each_destination(user):
    """600 open connections with 50 ephemeral ports: 8 addresses with 75 each, to two ports of a server."""
    compile_once(LOCUSTFILE)
    seen = few_ports.play(
        [
            *(BINARY, "-f", LOCUSTFILE, "--headless", "--threads=2", user, "-u", few_ports.CONNECTIONS, "-r", 10_000),
            *("--host", "http://127.0.0.1:8080", "--source-addresses", "127.0.0.2-127.0.0.9"),
        ],
        {"SOURCES_COUNT": str(few_ports.CONNECTIONS), "CPPWORKER_CACHE_DIR": str(CACHE)},
    )
    assert seen["code"] == 0, seen["output"]
    assert sum(seen["opened"].values()) == few_ports.CONNECTIONS
    assert max(seen["opened"].values()) <= few_ports.PORTS
    by_address: Counter[str] = Counter()
    for pair, count in seen["opened"].items():
        by_address[pair.split()[0]] += count
    assert by_address == dict.fromkeys(ADDRESSES, few_ports.CONNECTIONS // len(ADDRESSES))


@pytest.mark.skipif(few_ports.unavailable() != "", reason=few_ports.unavailable())
def test_without_a_free_port_requests_fail_and_the_log_names_what_to_do():
    """The others are answered. 50 ports for each of the two ports of the server."""
    compile_once(LOCUSTFILE)
    held, without = 2 * few_ports.PORTS, 20
    seen = few_ports.play(
        [
            *(BINARY, "-f", LOCUSTFILE, "--headless", "--threads=2", "HeldFast", "-u", held + without, "-r", 10_000),
            *("--host", "http://127.0.0.1:8080"),
        ],
        {"SOURCES_COUNT": str(held + without), "HELD": str(held), "CPPWORKER_CACHE_DIR": str(CACHE)},
    )
    assert seen["code"] == 1
    failed = re.search(r"^(\d+) +GET /: .*Cannot assign requested address", seen["output"], re.M)
    assert failed, seen["output"]
    assert int(failed[1]) + sum(seen["opened"].values()) == held + without
    warnings = re.findall("WARNING.*no local port is free.*--source-addresses", seen["output"])
    assert len(warnings) == 1, seen["output"]


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("shop.example", 2, "'shop.example' is not an IP address or a range of IPv4 addresses"),
        ("127.0.0.9-127.0.0.2", 2, "write the lowest address first"),
        ("127.0.0.2,198.51.100.7", 1, "--source-addresses: this machine does not have the address 198.51.100.7."),
    ],
)
def test_addresses_that_cannot_be_used_are_an_error_at_the_start(ended, value, code, words):
    process = ended(run_binary("-f", LOCUSTFILE, "--headless", "--source-addresses", value))
    assert process.wait() == code
    assert words in process.output
    assert "ompiling" not in process.output
