"""MQTT brokers of other makers, which scripts/setup puts into build/brokers."""

from __future__ import annotations

from pathlib import Path

from .ports import free_port
from .processes import Process
from .settings import LOOPBACK, REPOSITORY, VENV

SOURCES = REPOSITORY / "compat-tests" / "brokers"
INSTALLED = VENV.parent / "brokers"


class Broker(Process):
    """@param name A key of COMMANDS."""

    def __init__(self, name: str):
        self.port = free_port()
        super().__init__(name, COMMANDS[name](self.port), env={"NODE_PATH": INSTALLED / "node_modules"})
        self.expect("listening")


COMMANDS = {
    "mochi": lambda port: [INSTALLED / "mochi", f"{LOOPBACK}:{port}"],
    "aedes": lambda port: ["node", SOURCES / "aedes" / "broker.js", LOOPBACK, port],
    "amqtt": lambda port: [INSTALLED / "venv" / "bin" / "python", SOURCES / "amqtt" / "broker.py", LOOPBACK, port],
}

_FILES = {"mochi": Path("mochi"), "aedes": Path("node_modules"), "amqtt": Path("venv")}


def missing(name: str) -> str | None:
    """Why the broker can't be used, if so."""
    if name in _FILES and not (INSTALLED / _FILES[name]).exists():
        return f"build/brokers has no {name}: scripts/setup needs Go for mochi and npm for aedes"
    return None
