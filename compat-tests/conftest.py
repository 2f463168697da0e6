"""Fixtures: every process and socket that a test starts is ended by it."""

from __future__ import annotations

import contextlib

import pytest

from support.browser import SCREENSHOTS


def pytest_collection_modifyitems(items):
    """Begins what takes long first, so that nobody waits for it in the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_terminal_summary(terminalreporter):
    if SCREENSHOTS.exists():
        terminalreporter.write_line(f"pictures of the web UI: {SCREENSHOTS}")


@pytest.fixture
def ended():
    """`ended(thing)` gives `thing` back and calls its `stop` or `close` when the test is over."""
    with contextlib.ExitStack() as stack:

        def end_later(thing):
            stack.callback(thing.stop if hasattr(thing, "stop") else thing.close)
            return thing

        yield end_later
