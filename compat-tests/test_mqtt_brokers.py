"""MqttUser with brokers of four makers: what each can do works, and what it can't do fails as listed here."""

from __future__ import annotations

import pytest

from support.brokers import Broker, missing
from support.mosquitto import Mosquitto
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK
from support.standalone import csv_rows
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "mqtt_interop.cpp"

CHECKS = [
    *(f"qos {publisher} to {subscriber}" for publisher in range(3) for subscriber in range(3)),
    *(f"retained {qos}" for qos in range(3)),
    *("many", "large", "will", "kept session", "shared subscription"),
]
CHECKS_5 = ["properties", "request", "no local", "retain as published"]

BROKERS = ["mosquitto", "mochi", "aedes", "amqtt"]

_NO_SHARED = "std::runtime_error('0 messages')"
"""Shared subscriptions are a part of MQTT 5."""

FAILURES = {
    # README: "MQTT 5.0 (not support yet)"
    ("aedes", 4): {"shared subscription": _NO_SHARED},
    ("aedes", 5): {"connect": "Exception('Unsupported protocol version')"},
    # README: "Full set of MQTT 3.1.1 protocol specifications". Its client session of a reconnect is a new one,
    # it sends messages with the QoS of the subscription, and a client of the same id replaces the will. paho gets
    # the same results.
    ("amqtt", 4): {
        "shared subscription": _NO_SHARED,
        "kept session": "MqttTimeout(\"no message for 'kept/1' within 0.3 s\")",
        "qos 0 to 1": "std::runtime_error('QoS 1')",
        "qos 0 to 2": "std::runtime_error('QoS 2')",
        "qos 1 to 2": "std::runtime_error('QoS 2')",
        "will": "std::runtime_error('no message')",
    },
    ("amqtt", 5): {"connect": "MqttTimeout('no CONNACK within 1 s')"},
}
"""By broker and version: what fails because the broker does not have it, in its own words where it has any."""


def start(name: str, folder) -> Mosquitto | Broker:
    return Mosquitto(folder) if name == "mosquitto" else Broker(name)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("name", BROKERS)
def test_features(ended, tmp_path, name, version):
    if reason := missing(name):
        pytest.skip(reason)
    compile_once(LOCUSTFILE)
    expected = FAILURES.get((name, version), {})
    broker = ended(start(name, tmp_path))
    process = run_binary(
        *("-f", LOCUSTFILE, "--headless", "--threads=1", "-u", 4, "-r", 100, "-t", "60s", "--csv", tmp_path / "run"),
        *("--host", f"{LOOPBACK}:{broker.port}"),
        env={
            "MQTT_VERSION": str(version),
            "MQTT_LACKING": " ".join(f"'{check}'" for check in expected),
            "MQTT_TIMEOUT": "1" if "connect" in expected else "10",
        },
    )
    try:
        process.wait(COMPILE_PATIENCE)
    finally:
        process.stop()
    checks = [row[1] for row in csv_rows(tmp_path / "run_stats.csv") if row[0] == "CHECK"]
    failures = {row[1]: row[2] for row in csv_rows(tmp_path / "run_failures.csv")[1:] if row[0] == "CHECK"}
    connect = [row[2] for row in csv_rows(tmp_path / "run_failures.csv")[1:] if row[1] == "connect"]
    if "connect" in expected:
        assert (checks, set(connect)) == ([], {expected["connect"]}), process.output
        return
    assert sorted(checks) == sorted(CHECKS + (CHECKS_5 if version == 5 else [])), process.output
    assert failures == expected, process.output
