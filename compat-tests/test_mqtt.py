"""MqttUser against mosquitto: rows equal the broker's counts, failures have the texts of stock Locust."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest

from support.mosquitto import Mosquitto, make_authority, make_signed
from support.ports import free_port
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, PATIENCE
from support.standalone import csv_rows
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "mqtt.cpp"
LOST = "<MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>"
NOT_CONNECTED = "<MQTTErrorCode.MQTT_ERR_NO_CONN: 4>"


class Run:
    """A run of one user class without a master."""

    def __init__(self, folder: Path, user: str, port: int, /, *, users: int = 1, host: str = LOOPBACK, path="", options=(), **settings):
        compile_once(LOCUSTFILE)
        self._folder, self._user = folder, user
        self.process = run_binary(
            *("-f", LOCUSTFILE, "--headless", "--threads=2", user, "-u", users, "-r", 1000, "--csv", folder / user),
            *("--host", f"{host}:{port}{path}", *options),
            env={f"MQTT_{name.upper()}": str(value) for name, value in settings.items()},
        )

    def finish(self) -> Run:
        try:
            self.process.wait(COMPILE_PATIENCE)
        finally:
            self.process.stop()
        self.output = self.process.output
        rows = csv_rows(self._folder / f"{self._user}_stats.csv")[1:]
        assert {row[0] for row in rows if row[1] != "Aggregated"} <= {"MQTT"}
        self.rows = Counter({row[1]: int(row[2]) for row in rows if row[1] != "Aggregated"})
        self.times = {row[1]: row[4] for row in rows}
        failures = csv_rows(self._folder / f"{self._user}_failures.csv")[1:]
        self.failures = {(row[1], row[2]): int(row[3]) for row in failures}
        return self


def finished(*arguments, **settings) -> Run:
    return Run(*arguments, **settings).finish()


class Impostor:
    """Accepts connections, and answers all that it receives with the same bytes."""

    def __init__(self, answer: bytes, *, after: bytes = b""):
        """@param after Sent first."""
        self._answer, self._first = answer, after
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            self._open.append(connection)
            connection.settimeout(PATIENCE)
            if connection.recv(1000):
                connection.sendall(self._first + self._answer)


CONNACK = b"\x20\x02\x00\x00"

@pytest.fixture
def broker(ended, tmp_path) -> Mosquitto:
    return ended(Mosquitto(tmp_path))


@pytest.mark.parametrize("version", [4, 5])
def test_rows_are_what_the_broker_has_received_and_sent(broker, tmp_path, version):
    users, rounds = 10, 5
    run = finished(tmp_path, "Traffic", broker.port, users=users, count=users * rounds, version=version)
    assert run.failures == {}, run.output
    total = users * rounds
    connected = broker.count("New client connected")
    assert 0 < connected <= users  # when the last one starts, the others may have run all tasks
    assert run.rows == {
        "connect": connected,
        "subscribe:2:own": connected,
        **{f"publish:{qos}:own": total for qos in (0, 1, 2)},
        **{f"publish:{qos}:many": 25 * total for qos in (1, 2)},
        "receive:0:own": total,
        "receive:1:own": 26 * total,
        "receive:2:own": 26 * total,
    }
    expected = {0: total, 1: 26 * total, 2: 26 * total}
    broker.wait_until(lambda: broker.sent() == expected)
    assert broker.received() == expected
    broker.wait_until(lambda: broker.count("Received DISCONNECT") == connected)


@pytest.mark.parametrize("tls", [False, True])
def test_websocket(ended, tmp_path, tls):
    """Large messages: the broker sends a packet in several frames."""
    settings, options = [], {}
    if tls:
        authority = make_authority(tmp_path)
        certificate, key = make_signed(tmp_path, "localhost")
        settings = [f"cafile {authority}", f"certfile {certificate}", f"keyfile {key}"]
        options["ca"] = authority
    broker = ended(Mosquitto(tmp_path, websocket=settings))
    users = 5
    host = "wss://localhost" if tls else f"ws://{LOOPBACK}"
    run = finished(tmp_path, "Traffic", broker.websocket_port, users=users, count=users, version=5, size=20_000, host=host, **options)
    assert run.failures == {}, run.output
    assert run.rows["connect"] == broker.count("New client connected") > 0
    expected = {0: users, 1: 26 * users, 2: 26 * users}
    assert {qos: run.rows[f"receive:{qos}:own"] for qos in expected} == expected
    broker.wait_until(lambda: broker.received() == broker.sent() == expected)
    broker.wait_until(lambda: broker.count("Received DISCONNECT") == run.rows["connect"])


HANDSHAKES = {
    "status": (
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        "MqttError('WebSocket handshake: the server answered with the status 404')",
    ),
    "not HTTP": (
        b"SSH-2.0-server\r\n",
        "MqttError('WebSocket handshake: the answer is not one of HTTP: Expected HTTP/, RTSP/ or ICE/')",
    ),
    "no upgrade": (
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "MqttError('WebSocket handshake: the response has no Upgrade: websocket')",
    ),
}


@pytest.mark.parametrize("case", HANDSHAKES)
def test_a_websocket_that_is_refused(ended, tmp_path, case):
    answer, text = HANDSHAKES[case]
    server = ended(Impostor(answer))
    run = finished(tmp_path, "Publisher", server.port, host=f"ws://{LOOPBACK}", path="/path")
    assert run.failures == {("connect", text): 1, ("publish:1:data", NOT_CONNECTED): 1}, run.output


@pytest.mark.parametrize("version", [4, 5])
def test_features(broker, tmp_path, version):
    run = finished(tmp_path, "Features", broker.port, version=version)
    assert "Exceptions" not in run.output, run.output
    failures = {("publish:0:data", NOT_CONNECTED): 1}
    if version == 5:
        failures |= {("request:0:nobody", "MqttTimeout('no answer within 0.05 s')"): 1}
        assert run.rows["request:1:service"] == 1
        assert run.rows["subscribe:1:cppworker/[client]/answers"] == 1
    assert run.failures == failures, run.output
    assert run.rows["connect"] == 2 and run.rows["disconnect"] == 1
    assert run.times["disconnect"] in ("", "0", "0.0")
    # Neither disconnect() nor the end of the user publishes the will.
    assert not broker.count("dead.*bytes"), broker.output


def test_a_session_that_the_broker_keeps(broker, tmp_path):
    run = finished(tmp_path, "Session", broker.port, count=2)
    assert run.failures == {} and "Exceptions" not in run.output, run.output
    assert run.rows == {"connect": 3, "disconnect": 2, "subscribe:1:session": 2, "publish:1:session": 2}
    assert broker.count(r"Sending CONNACK to kept-session \(1, 0\)") == 2


def test_tls_with_a_certificate_of_each_device(ended, tmp_path):
    authority = make_authority(tmp_path)
    certificate, key = make_signed(tmp_path, "localhost")
    device, device_key = make_signed(tmp_path, "device-1")
    broker = ended(
        Mosquitto(
            tmp_path,
            *(f"cafile {authority}", f"certfile {certificate}", f"keyfile {key}"),
            *("require_certificate true", "use_identity_as_username true", "allow_anonymous false"),
        )
    )
    settings = {"ca": authority, "cert": device, "key": device_key}
    run = finished(tmp_path, "Traffic", broker.port, users=3, count=3, host="mqtts://localhost", **settings)
    assert run.failures == {}, run.output
    assert broker.count(r"New client connected.*u'device-1'") == run.rows["connect"] > 0

    without = finished(tmp_path, "Traffic", broker.port, host="mqtts://localhost", ca=authority)
    ((row, text),) = [failure for failure in without.failures if failure[0] == "connect"]
    assert "MqttError(" in text, without.output

    unknown = finished(tmp_path, "Traffic", broker.port, host="mqtts://localhost")
    assert any("SSLCertVerificationError" in text for (_, text) in unknown.failures), unknown.failures


@pytest.mark.parametrize(
    ("version", "connect", "disconnect"),
    [
        (4, "Exception('5')", "<MQTTErrorCode.MQTT_ERR_CONN_REFUSED: 5>"),
        (5, "Exception('Not authorized')", "<MQTTErrorCode.MQTT_ERR_PROTOCOL: 2>"),
    ],
)
def test_a_refused_password(ended, tmp_path, version, connect, disconnect):
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "ann", "secret"], check=True, capture_output=True)
    broker = ended(Mosquitto(tmp_path, "allow_anonymous false", f"password_file {passwords}"))
    good = finished(tmp_path, "Publisher", broker.port, version=version, user="ann", password="secret")
    assert good.failures == {} and good.rows == {"connect": 1, "publish:1:data": 1}
    bad = finished(tmp_path, "Publisher", broker.port, version=version, user="ann", password="wrong")
    assert bad.failures == {
        ("connect", connect): 1,
        ("disconnect", disconnect): 1,
        ("publish:1:data", NOT_CONNECTED): 1,
    }


def test_refused_topics(ended, tmp_path):
    acl = tmp_path / "acl"
    acl.write_text("topic readwrite own/#\n")
    broker = ended(Mosquitto(tmp_path, "allow_anonymous true", f"acl_file {acl}"))
    run = finished(tmp_path, "Refused", broker.port, version=5)
    lost = ("disconnect", LOST)  # mosquitto 2.0.11 may close the connection after its PUBACK
    run.failures.pop(lost, None)
    assert run.failures == {("publish:1:forbidden", "MqttError('Not authorized')"): 1}, run.output
    run = finished(tmp_path, "Refused", broker.port, version=4)
    run.failures.pop(lost, None)
    assert run.failures == {}, "with MQTT 3.1.1, a broker can't say that it refuses a message"


def test_nobody_listens(tmp_path):
    port = free_port()
    run = finished(tmp_path, "Publisher", port)
    assert run.failures == {
        ("connect", f"MqttError('connecting to {LOOPBACK}:{port}: Connection refused')"): 1,
        ("publish:1:data", NOT_CONNECTED): 1,
    }


def test_a_broker_that_dies_and_comes_back(ended, tmp_path):
    broker = ended(Mosquitto(tmp_path))
    run = Run(tmp_path, "Publisher", broker.port, users=4, count=1_000_000, reconnect=0.1, options=["--stop-timeout=10"])
    broker.wait_until(lambda: broker.received()[1] > 40)
    broker.kill()
    broker = ended(Mosquitto(tmp_path, port=broker.port))
    broker.wait_until(lambda: broker.received()[1] > 40 and broker.count("New client connected") == 4)
    run.process.signal(signal.SIGINT)
    run = run.finish()
    assert run.failures[("disconnect", LOST)] == 4, run.output
    # Messages that were in flight are sent again and succeed. Those of a disconnected client fail.
    assert set(text for (_, text) in run.failures) <= {
        LOST,
        NOT_CONNECTED,
        f"MqttError('connecting to {LOOPBACK}:{broker.port}: Connection refused')",
        "MqttError('the connection ended before CONNACK: closed by the other side')",
    }, run.failures
    assert run.rows["connect"] - sum(n for (row, _), n in run.failures.items() if row == "connect") == 8


GARBAGE = {
    "HTTP": (b"HTTP/1.1 400 Bad Request\r\n" + 10 * b"Name: value\r\n", "connect", "the server answers with HTTP, not MQTT: use ws://"),
    "length": (b"\x20\xff\xff\xff\xff\xff", "connect", "CONNACK: the packet\\'s length has more than 4 bytes"),
    "two CONNACKs": (CONNACK + CONNACK, "disconnect", "CONNACK: the connection is established already"),
    "QoS 3": (CONNACK + b"\x36\x05\x00\x01x\x00\x01", "disconnect", "PUBLISH: the QoS is 3"),
    "AUTH": (
        b"\xf0\x02\x18\x00",
        "connect",
        "AUTH: the broker continues an authentication, but the client offers no method (MQTT 5, 4.12)",
    ),
    "request": (CONNACK + b"\xc0\x00", "disconnect", "PINGREQ: a broker must not send this packet"),
}


@pytest.mark.parametrize("case", GARBAGE)
def test_a_broker_that_sends_garbage(ended, tmp_path, case):
    answer, row, text = GARBAGE[case]
    server = ended(Impostor(answer))
    run = finished(tmp_path, "Publisher", server.port)
    quote = '"' if "'" in text.replace("\\'", "'") else "'"
    expected = f"MqttError({quote}{text.replace(chr(92), '')}{quote})"
    assert run.failures[(row, expected)] == 1, run.failures
    assert "terminate" not in run.output


def test_a_broker_that_stalls(ended, tmp_path):
    server = ended(Impostor(b""))
    run = finished(tmp_path, "Publisher", server.port, timeout=0.3)
    assert run.failures == {
        ("connect", "MqttTimeout('no CONNACK within 0.3 s')"): 1,
        ("publish:1:data", NOT_CONNECTED): 1,
    }


def test_no_acknowledgement(ended, tmp_path):
    server = ended(Impostor(CONNACK))
    run = finished(tmp_path, "Publisher", server.port)
    assert run.failures == {("publish:1:data", "MqttTimeout('no PUBACK within 10 s')"): 1}


def test_no_pingresp(ended, tmp_path):
    server = ended(Impostor(CONNACK))
    run = Run(tmp_path, "Idle", server.port, count=0, keepalive=1, options=["-t", "5s"]).finish()
    assert run.failures == {("disconnect", "<MQTTErrorCode.MQTT_ERR_KEEPALIVE: 16>"): 1}, run.output


def test_keepalive_keeps_the_connection(broker, tmp_path):
    run = Run(tmp_path, "Idle", broker.port, users=20, count=0, keepalive=1, options=["-t", "5s"]).finish()
    assert run.failures == {} and run.rows == {"connect": 20}, run.output
    assert broker.count("Received PINGREQ") >= 20 * 2
    assert not broker.count("exceeded timeout")


def test_no_will_is_published_at_the_end_of_many_users(broker, tmp_path):
    run = Run(tmp_path, "Idle", broker.port, users=1000, count=0, options=["-t", "6s"]).finish()
    assert run.rows == {"connect": 1000}, run.output
    broker.wait_until(lambda: broker.count("Received DISCONNECT") == 1000)
    assert not broker.count("'dead'")


def test_on_message_that_throws_or_waits(broker, tmp_path):
    run = finished(tmp_path, "Careless", broker.port)
    assert "in Careless.on_message" in run.output
    assert "thrown in on_message" in run.output
    assert "publish() was called outside of a coroutine: in on_message()" in run.output
    assert "use .wait = false" in run.output
    assert run.rows["publish:0:" + next(row for row in run.rows if row.startswith("publish")).split(":", 2)[2]] == 2


def test_on_message_that_holds_its_thread(broker, tmp_path):
    run = finished(tmp_path, "Blocking", broker.port)
    assert "Blocking.on_message blocked its thread for" in run.output


def test_a_host_that_is_not_one_of_mqtt(tmp_path):
    run = finished(tmp_path, "Publisher", free_port(), host="https://localhost", options=["-t", "1s"])
    assert "is not the host of an MQTT broker: it begins with" in run.output
