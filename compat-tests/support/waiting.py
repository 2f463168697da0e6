"""Waits until a condition holds, by asking again and again."""

from __future__ import annotations

import time
from collections.abc import Callable

from .settings import PATIENCE


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
