"""gRPC: CPU time of a unary call beside a bare loop of nghttp2 and ghz, and memory of a connection."""

import time

from .. import server
from ..cluster import USERS, CppWorker, StandaloneRun
from ..generator import Generator, Load, measure
from ..machine import BUILD, resident_kib, wait_until
from ..peers.ghz import Ghz
from ..report import Table, spread


class BareLoop(Generator):
    """The least that a client with nghttp2 can cost."""

    name = "bare loop of nghttp2"

    def command(self, load):
        active = load.users if load.kind == "Busy" else 0
        return [BUILD / "bare_grpc_client", load.host.rsplit(":", 1)[1], load.users, active]


class Own(StandaloneRun):
    """With full statistics."""

    def __init__(self):
        super().__init__(CppWorker("GrpcUser", USERS / "grpc_users.cpp", "Grpc"))
        self.name = "cpp-worker GrpcUser"


def run(options):
    yield _calls(options)
    yield _connections(options)


def _calls(options):
    users = 20 if options.smoke else 100
    table = Table("grpc", f"CPU time of a unary gRPC call, {users} connections (min / median / max of the rounds; ratio in the same round)",
                  ["client", "CPU µs per call", "÷ bare loop"])  # fmt: skip
    bare, own, ghz = BareLoop(), Own(), Ghz()
    reason = "not measured" if options.smoke else ghz.unavailable()
    generators = [bare, own, *([] if reason else [ghz])]
    costs = {generator: [] for generator in generators}
    with server.grpc_echo() as target:
        for number in range(options.rounds):
            for generator in generators if number % 2 == 0 else reversed(generators):
                load = Load(target.host("grpc"), users, options.seconds)
                costs[generator].append(measure(generator, load, target, options.seconds)["cpu_us"])
    for generator, column in costs.items():
        ratios = [one / base for one, base in zip(column, costs[bare])]
        table.row(generator.name, spread(column), spread(ratios), ratios=ratios, cpu_us=column)
    if reason:
        table.row(ghz.name, reason)
    return table


def _connections(options):
    users = 50 if options.smoke else 10_000
    table = Table("grpc connections", f"Memory of {users:,} gRPC connections of one process with one thread, each after one call",
                  ["client", "KiB per connection", "connections without an answer"])  # fmt: skip
    with server.grpc_echo() as target:
        for generator in (BareLoop(), Own()):
            table.attempt(generator.name, lambda: _connections_row(options, table, generator, target, users))
    return table


def _connections_row(options, table, generator, target, users):
    sizes = []
    for count in (1, users):
        before = target.served()
        with generator.running(Load(target.host("grpc"), count, 0, kind="Idle")) as child:
            wait_until(lambda: target.served() - before >= count or child.poll() is not None, "each connection had an answer")
            time.sleep(0 if options.smoke else 4)  # what only connecting needed is given back
            unanswered = count - (target.served() - before)
            sizes.append(resident_kib(child.pid))
    per_user = (sizes[1] - sizes[0]) / (users - 1)
    table.row(generator.name, f"{per_user:.2f}", unanswered, kib_per_user=per_user)
