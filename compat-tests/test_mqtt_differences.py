"""What differs between MqttUser and Locust's own: the table in docs/locustfile.md, as far as rows and times show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.mosquitto import Mosquitto
from support.reports import Reports
from support.settings import LOCUSTFILES
from support.twin_cluster import TwinCluster
from support.waiting import wait_until

pytest.importorskip("paho.mqtt", reason="Locust's MqttUser needs paho-mqtt (compat-tests/requirements.txt)")


def total(reports: Reports, field: str, *names: str) -> float:
    """The sum of a field over all entries of these rows."""
    return sum(entry[field] for m in reports.messages for entry in m["stats"] if entry["name"] in names)


def texts(reports: Reports, name: str) -> list[str]:
    return [error["error"] for error in reports.errors.values() if error["name"] == name]


def test_times_and_rows_without_a_broker(ended, tmp_path: Path):
    broker = ended(Mosquitto(tmp_path))
    cluster = TwinCluster(ended, tmp_path, LOCUSTFILES / "mqtt_twin", 4, env={"MQTT_PORT": str(broker.port)})
    cluster.wait_until(lambda reports: reports.requests["MQTT publish:2:data/2"] > 5)
    broker.kill()
    cluster.wait_until(lambda reports: reports.failures["MQTT publish:1:data/1"] and reports.failures["MQTT disconnect"])
    ended(Mosquitto(tmp_path, port=broker.port))
    connects = 4  # two users of each worker, before and after
    cluster.wait_until(lambda reports: reports.requests["MQTT connect"] - reports.failures["MQTT connect"] == connects)
    wait_until(lambda: cluster.reports()[0].requests["MQTT publish"])
    python, cpp = cluster.finish()

    assert total(python, "total_response_time", "connect") == 0 < total(cpp, "total_response_time", "connect")
    assert total(python, "num_none_requests", "disconnect") == 0
    assert total(cpp, "num_none_requests", "disconnect") == cpp.requests["MQTT disconnect"] == 2
    # Locust counts what failed without a connection with 0 ms.
    publishes = [f"publish:{qos}:data/{qos}" for qos in (0, 1, 2)]
    failed = sum(cpp.failures[f"MQTT {name}"] for name in publishes)
    assert total(python, "num_none_requests", *publishes) == 0
    assert 0 < total(cpp, "num_none_requests", *publishes) <= failed
    # A broker that can't be reached.
    assert not texts(python, "connect")
    (text,) = texts(cpp, "connect")
    assert text.startswith("MqttError('connecting to ") and text.endswith(": Connection refused')")
    # paho sends messages later that have failed.
    assert "MQTT publish" not in cpp.requests
    assert all("Could not find message data for mid" in text for text in texts(python, "publish"))
    assert python.failures["MQTT publish"] == python.requests["MQTT publish"] > 0
