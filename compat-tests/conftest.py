"""Fixtures: every process and socket that a test starts is ended by it."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def ended():
    """`ended(thing)` gives `thing` back and calls its `stop` or `close` when the test is over."""
    with contextlib.ExitStack() as stack:

        def end_later(thing):
            stack.callback(thing.stop if hasattr(thing, "stop") else thing.close)
            return thing

        yield end_later
