"""MqttUser and Locust's own in one cluster, with the same broker: the same rows and failures."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support.mosquitto import Mosquitto
from support.reports import Reports
from support.settings import LOCUSTFILES, REPOSITORY
from support.twin_cluster import TwinCluster

pytest.importorskip("paho.mqtt", reason="Locust's MqttUser needs paho-mqtt (compat-tests/requirements.txt)")

EXAMPLE = REPOSITORY / "examples" / "mqtt"


class Cluster(TwinCluster):
    def __init__(self, ended, folder: Path, locustfile: Path, broker: Mosquitto, users: int, **env):
        super().__init__(ended, folder, locustfile, users, env={"MQTT_PORT": str(broker.port), **env})


_LATE = "AssertionError(\"Could not find message data"
"""A message that failed because there was no connection: a stock worker sends it later all the same."""


def texts(reports: Reports) -> set[tuple[str, str]]:
    failures = {(error["name"], error["error"]) for error in reports.errors.values()}
    return {(name, text) for name, text in failures if not text.startswith(_LATE)}


def test_rows_cannot_be_told_apart(ended, tmp_path):
    broker = ended(Mosquitto(tmp_path))
    cluster = Cluster(ended, tmp_path, LOCUSTFILES / "mqtt_twin", broker, 8)
    broker.wait_until(lambda: all(broker.received()[qos] > 100 for qos in (0, 1, 2)))
    python, cpp = cluster.finish()
    assert cpp.requests.keys() == python.requests.keys()
    assert cpp.shape() == python.shape()
    assert texts(cpp) == texts(python) == set()
    assert cpp.lengths_per_request() == python.lengths_per_request()
    for reports in (python, cpp):
        assert reports.requests["MQTT connect"] == 4
    received = broker.received()
    for qos in (0, 1, 2):
        row = f"MQTT publish:{qos}:data/{qos}"
        both = python.requests[row] + cpp.requests[row]
        # A stock worker loses the acknowledgements that come after its users have ended.
        assert received[qos] - 8 <= both <= received[qos]


def test_a_refused_password_has_the_same_rows(ended, tmp_path):
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "ann", "secret"], check=True, capture_output=True)
    broker = ended(Mosquitto(tmp_path, "allow_anonymous false", f"password_file {passwords}"))
    env = {"MQTT_USER": "ann", "MQTT_PASSWORD": "wrong"}
    cluster = Cluster(ended, tmp_path, LOCUSTFILES / "mqtt_twin", broker, 4, **env)
    broker.wait_until(lambda: broker.count("not authorised") >= 10)
    python, cpp = cluster.finish()
    assert ("connect", "Exception('5')") in texts(cpp)
    assert ("disconnect", "<MQTTErrorCode.MQTT_ERR_CONN_REFUSED: 5>") in texts(cpp)
    assert ("publish:1:data/1", "<MQTTErrorCode.MQTT_ERR_NO_CONN: 4>") in texts(cpp)
    # A stock worker that subscribes while the broker has not refused it yet has no row for that.
    subscription = "subscribe:1:command/#"
    assert (subscription, "<MQTTErrorCode.MQTT_ERR_NO_CONN: 4>") in texts(cpp)
    assert {row for row in texts(cpp) if row[0] != subscription} == {row for row in texts(python) if row[0] != subscription}
    assert cpp.requests.keys() - python.requests.keys() <= {f"MQTT {subscription}"}
    assert python.requests.keys() <= cpp.requests.keys()


def test_a_lost_broker_has_the_same_rows(ended, tmp_path):
    broker = ended(Mosquitto(tmp_path))
    cluster = Cluster(ended, tmp_path, LOCUSTFILES / "mqtt_twin", broker, 4)
    broker.wait_until(lambda: broker.received()[2] > 20)
    broker.kill()
    broker = ended(Mosquitto(tmp_path, port=broker.port))
    broker.wait_until(lambda: broker.received()[2] > 20 and broker.count("New client connected") == 4)
    python, cpp = cluster.finish()
    assert ("disconnect", "<MQTTErrorCode.MQTT_ERR_CONN_LOST: 7>") in texts(cpp)
    # Locust does not report that nobody listens.
    own = {(row, text) for row, text in texts(cpp) if row == "connect"}
    assert texts(cpp) - own == texts(python), (texts(cpp), texts(python))


def test_the_example(ended, tmp_path):
    """Each device of the CSV file belongs to one worker."""
    passwords = tmp_path / "passwords"
    for line in (EXAMPLE / "devices.csv").read_text().splitlines()[1:]:
        _, user, password = line.split(",")
        create = [] if passwords.exists() else ["-c"]
        subprocess.run(["mosquitto_passwd", *create, "-b", passwords, user, password], check=True, capture_output=True)
    broker = ended(Mosquitto(tmp_path, "allow_anonymous false", f"password_file {passwords}"))
    cluster = Cluster(ended, tmp_path, EXAMPLE / "fleet", broker, 8)
    broker.wait_until(lambda: broker.received()[0] > 40)
    python, cpp = cluster.finish()
    assert cpp.requests.keys() == python.requests.keys() == {
        *("MQTT connect", "MQTT subscribe:1:command/[id]", "MQTT publish:1:reading/[id]"),
        *("MQTT publish:1:command/[id]", "MQTT publish:0:done/[id]"),
    }
    assert texts(cpp) == texts(python) == set()
    clients = re.findall(r"New client connected from \S+ as (\S+) ", broker.output)
    assert sorted(clients) == [f"sensor-{i}" for i in range(1, 9)]
