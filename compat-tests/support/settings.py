"""Where things are, and how long the tests wait before they call something broken."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LOCUSTFILES = REPOSITORY / "compat-tests" / "locustfiles"
GOLDEN = REPOSITORY / "tests" / "golden"

BINARY = Path(os.environ.get("CPPWORKER_BINARY", REPOSITORY / "build" / "release" / "cpp-worker"))
VENV = Path(os.environ.get("CPPWORKER_VENV", REPOSITORY / "build" / "venv"))
OLD_MASTERS = ("2.0.0", "2.8.6", "2.12.2", "2.20.1", "2.32.10")
"""Stock Locusts that scripts/setup puts beside the latest one."""

PATIENCE = 30.0
"""Seconds until a wait is called a failure. Generous: it ends tests that would hang, it measures nothing."""

COMPILE_PATIENCE = 300.0
"""The same for compiling a locustfile, with other tests and builds on the machine."""

LOOPBACK = "127.0.0.1"


def venv_of(version: str) -> Path:
    """The environment of one of OLD_MASTERS."""
    return VENV.parent / f"venv-{version}"
