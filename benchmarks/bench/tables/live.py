"""Live connections, MQTT and WebSocket: CPU time of a message beside a bare epoll loop, and memory of idle connections."""

import statistics
import time
from pathlib import Path

from .. import server
from ..cluster import LOCUST, USERS, CppWorker, StandaloneRun
from ..generator import Generator, Load, measure
from ..machine import BUILD, cpu_seconds, resident_kib, wait_until
from ..report import Table, spread

PROTOCOLS = {"MQTT": "mqtt", "WebSocket": "http"}
"""With the scheme of the host."""


class BareLoop(Generator):
    """The least that a client of live_server can cost."""

    def __init__(self, protocol):
        self.name, self._protocol = f"bare epoll loop, {protocol}", protocol.lower()

    def command(self, load):
        host, port = load.host.split("//")[1].split(":")
        return [BUILD / "bare_live_client", self._protocol, host, port, load.users]


class LocustMqtt(Generator):
    """Locust without a master."""

    name = "Locust MqttUser"

    def command(self, load):
        return [LOCUST, "-f", USERS / "live_users.py", "--headless", "--only-summary", "-u", load.users, "-r", load.users, "-H", load.host]


def _own(protocol):
    return StandaloneRun(CppWorker(protocol, USERS / "live_users.cpp", protocol.replace("MQTT", "Mqtt")))


def run(options):
    yield _messages(options)
    yield _events(options)
    yield _idle(options)


def _messages(options):
    table = Table("live", "CPU time of a message and its answer, full statistics (min / median / max of the rounds; ratio in the same round)",
                  ["protocol and users", "cpp-worker, µs", "bare epoll loop, µs", "÷ bare loop", "messages/s"])  # fmt: skip
    with server.live() as target:
        for protocol in PROTOCOLS:
            for users in [20] if options.smoke else [200, 1000]:
                name = f"{protocol}, {users:,} users"
                table.attempt(name, lambda: _message_row(options, table, name, protocol, target, users))
        if not options.smoke:
            table.attempt("MQTT, 100 users", lambda: _locust_row(options, table, target))
    return table


def _message_row(options, table, name, protocol, target, users):
    generators, results = [_own(protocol), BareLoop(protocol)], []
    for number in range(options.rounds):
        pair = {}
        for generator in generators if number % 2 == 0 else reversed(generators):
            load = Load(target.host(PROTOCOLS[protocol]), users, options.seconds)
            pair[generator] = measure(generator, load, target, options.seconds)
        results.append([pair[generator] for generator in generators])
    costs = [[one["cpu_us"] for one in column] for column in zip(*results)]
    ratios = [own / bare for own, bare in zip(*costs)]
    rate = statistics.median(own["rps"] for own, _ in results)
    table.row(name, *map(spread, costs), spread(ratios), f"{rate:,.0f}", ratios=ratios, cpu_us=costs[0])


def _locust_row(options, table, target):
    pairs = []
    for _ in range(options.slow_rounds):
        pair = [measure(generator, Load(target.host("mqtt"), 100, options.seconds), target, options.seconds)["cpu_us"]
                for generator in (_own("MQTT"), LocustMqtt())]  # fmt: skip
        pairs.append(pair)
    own, other = zip(*pairs)
    ratios = [b / a for a, b in pairs]
    table.row("MQTT, 100 users", spread(own), f"Locust MqttUser: {spread(other, 0)}", f"Locust ÷ cpp-worker: {spread(ratios, 0)}", "", ratios=ratios)


def _events(options):
    table = Table("live events", "Server-sent events each 20 ms: difference between the recorded time and what the server states, ms",
                  ["what", "events", "median", "p99", "max", "generator CPU, %"])  # fmt: skip
    users = 20 if options.smoke else 1000
    with server.live() as target:
        table.attempt(f"{users:,} users", lambda: _events_rows(options, table, target, users))
    return table


def _events_rows(options, table, target, users):
    errors = BUILD / "errors"
    errors.unlink(missing_ok=True)
    worker = CppWorker("events", USERS / "live_users.cpp", "Events")
    load = Load(target.host(), users, 0, kind="Read", env={"BENCH_ERRORS": str(errors)})
    with StandaloneRun(worker).running(load) as child:
        before = sum(cpu_seconds(child.pid))
        seconds = 3 if options.smoke else 30
        time.sleep(seconds)
        busy = (sum(cpu_seconds(child.pid)) - before) / seconds
    for what, line in zip(("first event", "gap"), errors.read_text().splitlines(), strict=True):
        count, *times_us = map(float, line.split())
        median, p99, most = (time_us / 1000 for time_us in times_us)
        table.row(f"{users:,} users, {what}", f"{count:,.0f}", f"{median:.3f}", f"{p99:.3f}", f"{most:.3f}", f"{100 * busy:.0f}", p99=p99)


def _idle(options):
    table = Table("live idle", "Idle connections of one process with one thread, keepalive 30 s for MQTT",
                  ["protocol and server", "connections", "all connected after s", "KiB/connection", "descriptors/connection", "idle CPU, %"])  # fmt: skip
    users = 50 if options.smoke else 15_000
    with server.live() as target:
        for protocol in PROTOCOLS:
            name = f"{protocol}, live_server"
            table.attempt(name, lambda: _idle_row(options, table, name, protocol, lambda: target.host(PROTOCOLS[protocol]), users))
    if reason := server.mosquitto_unavailable():
        table.row("MQTT, mosquitto", reason)
        return table
    with server.mosquitto() as target:
        for scheme, most in (("mqtt", 15_000), ("mqtts", 5_000)):
            name = f"MQTT, mosquitto, {scheme}"
            table.attempt(name, lambda: _idle_row(options, table, name, "MQTT", lambda: target.host(scheme), min(users, most)))
    return table


def _idle_row(options, table, name, protocol, host, users):
    generator, sizes = _own(protocol), []
    idle_s = 0.1 if options.smoke else 20
    for count in (1, users):
        connected = BUILD / "connected"
        connected.unlink(missing_ok=True)
        load = Load(host(), count, 0, kind="Connected", env={"BENCH_USERS": str(count), "BENCH_CONNECTED": str(connected)})
        with generator.running(load, spawned=False) as child:
            generator.wait_for_ramp()
            took = wait_until(connected.exists, "all users are connected")
            time.sleep(0 if options.smoke else 4)  # what only connecting needed is given back
            before = sum(cpu_seconds(child.pid))
            time.sleep(idle_s)
            idle = (sum(cpu_seconds(child.pid)) - before) / idle_s
            sizes.append((resident_kib(child.pid), len(list(Path(f"/proc/{child.pid}/fd").iterdir()))))
    per_user, files = ((big - small) / (users - 1) for small, big in zip(*sizes))
    table.row(name, f"{users:,}", f"{took:.2f}", f"{per_user:.2f}", f"{files:.2f}", f"{100 * idle:.1f}", kib_per_user=per_user, connected_s=took)
