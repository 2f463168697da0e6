"""The MQTT broker mosquitto on a free port. What it has received and sent, by its own log."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from .ports import free_port
from .processes import Process
from .settings import LOOPBACK, PATIENCE


class Mosquitto:
    """@param settings Lines of mosquitto.conf, for example of TLS or passwords.
    @param port Of an earlier broker, to take its place.
    @param websocket Settings of a second listener, for MQTT over WebSocket on `websocket_port`."""

    def __init__(self, folder: Path, *settings: str, port: int | None = None, websocket: list[str] | None = None):
        self.port = port or free_port()
        config = folder / f"mosquitto-{time.monotonic_ns()}.conf"
        lines = [
            f"listener {self.port} {LOOPBACK}",
            *("user root", "log_type all", "log_dest stderr", "set_tcp_nodelay true", "connection_messages true"),
            *("max_queued_messages 0", "max_inflight_messages 0"),
            *(settings or ("allow_anonymous true",)),
        ]
        if websocket is not None:
            self.websocket_port = free_port()
            lines += [f"listener {self.websocket_port} {LOOPBACK}", "protocol websockets", *websocket]
        config.write_text("\n".join(lines) + "\n")
        self._process = Process("mosquitto", ["mosquitto", "-c", config])
        self._process.expect("running")

    def stop(self) -> None:
        self._process.stop()

    def kill(self) -> None:
        self._process.signal(signal.SIGKILL)

    @property
    def output(self) -> str:
        return self._process.output

    def expect(self, pattern: str, **options) -> re.Match:
        return self._process.expect(pattern, **options)

    def received(self) -> Counter:
        """The PUBLISH packets from clients, by their QoS."""
        return Counter(int(qos) for qos in re.findall(r"Received PUBLISH from \S+ \(d0, q(\d)", self.output))

    def sent(self) -> Counter:
        """The PUBLISH packets to clients, by their QoS."""
        return Counter(int(qos) for qos in re.findall(r"Sending PUBLISH to \S+ \(d0, q(\d)", self.output))

    def count(self, pattern: str) -> int:
        return len(re.findall(pattern, self.output))

    def wait_until(self, condition) -> None:
        """Its log comes through a pipe."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.output
            time.sleep(0.02)


def make_authority(folder: Path) -> Path:
    """A certificate authority of the test's own: ca.pem, ca.key."""
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-days", "2", "-subj", "/CN=test authority"),
    )
    return folder / "ca.pem"


def make_signed(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for this name, signed by the authority, and its key."""
    certificate, key, request = (folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName=DNS:{name}\n")
    _openssl(
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", key, "-out", request, "-subj", f"/CN={name}"),
    )
    _openssl(
        *("x509", "-req", "-in", request, "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial"),
        *("-out", certificate, "-days", "2", "-extfile", extensions),
    )
    return certificate, key


def _openssl(*arguments) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
