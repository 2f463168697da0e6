"""TLS of TcpStream against Python's ssl module, in users of a run without a master."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from support.greeting_server import GreetingServer
from support.misbehaving_server import make_certificate
from support.settings import COMPILE_PATIENCE, LOCUSTFILES
from support.standalone import csv_rows
from support.tls_server import TlsServer
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "tcp_tls.cpp"
SMALL = 1 + 100


class Run:
    """A finished run of one user class."""

    def __init__(self, folder: Path, user: str, port: int, *, users: int = 1, **settings):
        compile_once(LOCUSTFILE)
        prefix = folder / user
        environment = {f"TLS_{name.upper()}": str(value) for name, value in settings.items()}
        process = run_binary(
            *("-f", LOCUSTFILE, "--headless", "--threads=2", user, "-u", users, "-r", 1000, "--csv", prefix),
            *("--host", f"https://localhost:{port}"),
            env=environment | {"TLS_PORT": str(port)},
        )
        try:
            process.wait(COMPILE_PATIENCE)
        finally:
            process.stop()
        self.output = process.output
        self.stats = {row[1]: row for row in csv_rows(folder / f"{user}_stats.csv")[1:]}
        failures = csv_rows(folder / f"{user}_failures.csv")[1:]
        self.failures = {row[2]: int(row[3]) for row in failures}
        self.requests, self.failed = (int(self.stats["row"][column]) for column in (2, 3))

    @property
    def failure(self) -> str:
        """Of a run with one request."""
        ((text, count),) = self.failures.items()
        assert count == self.requests == 1, self.output
        return text


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_many_users(ended, tmp_path, version):
    """40 users, 200 connections: each has its own, the certificate is checked, the end is a close_notify."""
    server = ended(TlsServer(tmp_path, version=ssl.TLSVersion[version]))
    run = Run(tmp_path, "Echo", server.port, users=40, count=200, size=200_000, verify=server.certificate)
    assert (run.requests, run.failures) == (200, {}), run.output
    assert float(run.stats["row"][8]) == SMALL + 200_000
    assert server.seen["names"] == {"localhost": 200}
    assert server.ends(200) == {"close_notify": 200}
    assert not server.seen["errors"]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_large_transfers_both_ways_at_the_same_time(ended, tmp_path, version):
    server = ended(TlsServer(tmp_path, version=ssl.TLSVersion[version]))
    run = Run(tmp_path, "Both", server.port, users=4, count=4, size=2_000_000, verify=server.certificate)
    assert (run.requests, run.failures) == (4, {}), run.output
    assert server.ends(4) == {"close_notify": 4}
    assert not server.seen["errors"]


FAILURES = {
    "self-signed": ("localhost", {}, "self-signed certificate"),
    "other name": ("other.test", {"verify": "own"}, "Hostname mismatch, certificate is not valid for 'localhost'."),
    "address": ("localhost", {"verify": "own", "host": "127.0.0.1"}, "IP address mismatch"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_certificate_that_is_not_accepted_fails_in_the_words_of_fast_http_user(ended, tmp_path, case):
    name, settings, words = FAILURES[case]
    server = ended(TlsServer(tmp_path, name=name))
    if settings.get("verify") == "own":
        settings = settings | {"verify": server.certificate}
    run = Run(tmp_path, "Echo", server.port, **settings)
    host = settings.get("host", "localhost")
    prefix = f"connecting to {host}:{server.port}: "
    assert run.failure.startswith(prefix + "SSLCertVerificationError(1, "), run.output
    assert words in run.failure
    assert run.failure == prefix + Run(tmp_path, "Fast", server.port, **settings).failure


def test_the_check_can_be_switched_off_or_made_for_another_name(ended, tmp_path):
    server = ended(TlsServer(tmp_path, name="other.test"))
    assert Run(tmp_path, "Echo", server.port, verify="no").failures == {}
    other = Run(tmp_path, "Echo", server.port, verify=server.certificate, server_hostname="other.test")
    assert other.failures == {}, other.output
    assert server.seen["names"] == {"localhost": 1, "other.test": 1}


def test_a_server_without_tls(ended, tmp_path):
    server = ended(GreetingServer())
    prefix = f"connecting to localhost:{server.port}: "
    run = Run(tmp_path, "Echo", server.port)
    assert run.failure.startswith(prefix + "SSLError(1, '[SSL: "), run.output
    assert run.failure == prefix + Run(tmp_path, "Fast", server.port).failure


@pytest.mark.parametrize("command", ["bye", "cut"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_the_server_ends_the_connection_with_and_without_close_notify(ended, tmp_path, version, command):
    server = ended(TlsServer(tmp_path, version=ssl.TLSVersion[version]))
    run = Run(tmp_path, "Ending", server.port, verify="no", command=command)
    assert run.failure == f"reading from localhost:{server.port}: closed by the other side", run.output
    assert float(run.stats["row"][8]) == len("the end\n")


def test_mutual_tls_with_a_certificate_for_each_connection(ended, tmp_path):
    """Without a certificate the server ends the connection: in TLS 1.3, after the client's handshake. What the client
    has sent in the meantime makes the server's kernel reset the connection, which can overtake the alert."""
    certificates = []
    for name in ("device-1", "device-2"):
        make_certificate(tmp_path / f"{name}.pem", tmp_path / f"{name}.key", name)
        certificates.append(tmp_path / f"{name}.pem")
    server = ended(TlsServer(tmp_path, clients=tuple(certificates)))
    for certificate in certificates:
        run = Run(
            *(tmp_path, "Echo", server.port),
            **{"users": 3, "count": 6, "verify": "no", "cert": certificate, "key": certificate.with_suffix(".key")},
        )
        assert (run.requests, run.failures) == (6, {}), run.output
    assert server.seen["clients"] == {"device-1": 6, "device-2": 6}
    run = Run(tmp_path, "Echo", server.port, verify="no")
    alert = "SSLError(1, '[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required')"
    peer = f"localhost:{server.port}"
    assert run.failure in (
        f"reading from {peer}: {alert}",
        f"reading from {peer}: Connection reset by peer",
        f"writing to {peer}: Connection reset by peer",
    )


def test_a_certificate_that_cannot_be_read(ended, tmp_path):
    server = ended(TlsServer(tmp_path))
    run = Run(tmp_path, "Echo", server.port, verify="no", cert=tmp_path / "missing.pem")
    assert f"Can't read the client certificate in {tmp_path}/missing.pem. Give a PEM file." in run.failure


def test_start_tls(ended, tmp_path):
    server = ended(TlsServer(tmp_path, starts_later=True))
    run = Run(tmp_path, "StartTls", server.port, users=3, count=6, verify=server.certificate)
    assert (run.requests, run.failures) == (6, {}), run.output
    assert server.seen["names"] == {"localhost": 6}


def test_alpn(ended, tmp_path):
    server = ended(TlsServer(tmp_path, alpn="mqtt"))
    run = Run(tmp_path, "Echo", server.port, verify="no", alpn="mqtt")
    assert run.failures == {}, run.output
