"""examples/dns, kafka and mosquitto: users of other protocols against real servers. Where there is a Python twin, both run in
one cluster and have the same rows and failures."""

from __future__ import annotations

import socket
import threading
from collections import Counter

from support.dns_server import DnsServer
from support.mosquitto import Mosquitto
from support.ports import free_port
from support.processes import Process
from support.reports import Reports
from support.settings import COMPILE_PATIENCE, LOOPBACK, REPOSITORY, VENV
from support.stage import Stage
from support.standalone import csv_rows
from support.transcript import add_up
from support.twin_cluster import TwinCluster
from support.waiting import wait_until
from support.workers import compile_once, cpp_worker, run_binary

EXAMPLES = REPOSITORY / "examples"
SUPPORT = REPOSITORY / "compat-tests" / "support"


def texts(reports: Reports) -> set[tuple[str, str]]:
    return {(error["name"], error["error"]) for error in reports.errors.values()}


def test_dns(ended, tmp_path):
    """The rows are the queries that dnsmasq has received, but for those that were in flight when the master quit."""
    users = 8
    server = ended(DnsServer())
    cluster = TwinCluster(ended, tmp_path, EXAMPLES / "dns" / "locustfile", users, host=server.address)
    for row in ("DNS shop.test", "DNS shop.test MX", "DNS udp"):
        cluster.wait_reported(row, 10)
    python, cpp = cluster.finish()
    assert cpp.shape() == python.shape()
    assert cpp.lengths_per_request() == python.lengths_per_request()
    assert texts(cpp) == texts(python) == {("udp", "LocustError('No answer in DNS response')")}
    for reports in (python, cpp):
        assert +reports.failures == {"DNS udp": reports.requests["DNS udp"]}
    rows = python.requests + cpp.requests
    asked = {
        "A shop.test": rows.pop("DNS shop.test"),
        "MX shop.test": rows.pop("DNS shop.test MX"),
        "A missing.test": rows.pop("DNS udp"),
    }
    assert not rows
    wait_until(lambda: all(server.queries()[query] >= count for query, count in asked.items()))
    assert server.queries().keys() == asked.keys()
    assert server.queries().total() <= sum(asked.values()) + users


def test_a_silent_dns_server(ended, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((LOOPBACK, 0))
        host = f"{LOOPBACK}:{silent.getsockname()[1]}"
        env = {"DNS_TIMEOUT": "0.2"}
        cluster = TwinCluster(ended, tmp_path, EXAMPLES / "dns" / "locustfile", 4, host=host, env=env)
        cluster.wait_reported("DNS shop.test", 3)
        python, cpp = cluster.finish()
    row = ("shop.test", "Timeout('The DNS operation timed out.')")
    assert row in texts(python) and row in texts(cpp)
    for reports in (python, cpp):
        assert reports.failures == reports.requests


def test_a_dns_server_that_answers_other_queries(tmp_path):
    """The timeout is for all datagrams together: 20 of other queries come in each second."""
    ended = threading.Event()

    def answer(server: socket.socket) -> None:
        query, client = server.recvfrom(1000)
        while not ended.wait(0.05):
            server.sendto(bytes([query[0] ^ 1]) + query[1:], client)

    file = EXAMPLES / "dns" / "locustfile.cpp"
    compile_once(file)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((LOOPBACK, 0))
        thread = threading.Thread(target=answer, args=[server])
        thread.start()
        process = run_binary(
            *("-f", file, "--headless", "-u", 1, "-t", "2s", "--csv", tmp_path / "run"),
            *("--host", f"{LOOPBACK}:{server.getsockname()[1]}"),
            env={"DNS_TIMEOUT": "0.3"},
        )
        try:
            process.wait(COMPILE_PATIENCE)
        finally:
            process.stop()
            ended.set()
            thread.join()
    failures = csv_rows(tmp_path / "run_failures.csv")[1:]
    assert {row[2] for row in failures} == {"Timeout('The DNS operation timed out.')"}, process.output


class KafkaBroker:
    def __init__(self):
        command = [VENV / "bin" / "python", SUPPORT / "kafka_broker.py", "orders", "clicks"]
        self.process = Process("kafka broker", command)
        self.address = self.process.expect(r"^\S+:\d+$")[0]

    def messages(self) -> Counter:
        return Counter(line.removeprefix("message ") for line in self.process.matching("^message "))

    def stop(self) -> None:
        self.process.stop()


KAFKA = EXAMPLES / "kafka" / "locustfile"


def test_kafka(ended, tmp_path):
    """The rows are the messages that the broker has, but for those that were in flight when the master quit."""
    users = 8
    broker = ended(KafkaBroker())
    cluster = TwinCluster(ended, tmp_path, KAFKA, users, host=broker.address)
    cluster.wait_reported("ENQUEUE orders", 30)
    cluster.wait_reported("ENQUEUE click", 10)
    python, cpp = cluster.finish()
    assert cpp.shape() == python.shape()
    assert cpp.lengths_per_request() == python.lengths_per_request()
    assert not python.errors and not cpp.errors
    rows = python.requests + cpp.requests
    sent = {"orders b'ann' b'{\"item\": 7}'": rows.pop("ENQUEUE orders"), "clicks None b'shop'": rows.pop("ENQUEUE click")}
    assert not rows
    wait_until(lambda: all(broker.messages()[message] >= count for message, count in sent.items()))
    assert broker.messages().keys() == sent.keys()
    assert broker.messages().total() <= sum(sent.values()) + users


def test_kafka_without_a_broker(ended, tmp_path):
    env = {"KAFKA_TIMEOUT_MS": "500"}
    cluster = TwinCluster(ended, tmp_path, KAFKA, 4, host=f"{LOOPBACK}:{free_port()}", env=env)
    cluster.wait_reported("ENQUEUE orders", 1)
    cluster.wait_reported("ENQUEUE click", 1)
    python, cpp = cluster.finish()
    failure = 'KafkaError{code=_MSG_TIMED_OUT,val=-192,str="Local: Message timed out"}'
    assert texts(cpp) == texts(python) == {("orders", failure), ("click", failure)}
    for reports in (python, cpp):
        assert reports.failures == reports.requests


def test_mosquitto(ended, tmp_path):
    broker = ended(Mosquitto(tmp_path))
    stage = ended(Stage(lambda port: cpp_worker(port, EXAMPLES / "mosquitto" / "locustfile.cpp")))
    stage.wait_connected()
    stage.step("run")
    stage.master.spawn({"SensorUser": 20}, host=f"{LOOPBACK}:{broker.port}", stop_timeout=10.0)
    stage.wait_counted("MQTT", "publish:1:reading", 200)
    stage.master.send("stop")
    stage.wait("client_stopped")
    messages = stage.master.messages
    assert not [m.data for m in messages if m.type == "exception"]
    sums = add_up([m.data for m in messages if m.type == "stats"])
    assert not sums["errors"]
    rows = {name: row["num_requests"] for (method, name), row in sums["rows"].items() if method}
    broker.wait_until(lambda: broker.received()[1] >= rows["publish:1:reading"])
    assert rows == {"connect": 20, "publish:1:reading": broker.received()[1]}
