"""Fixtures: every process and socket that a test starts is ended by it."""

from __future__ import annotations

import contextlib

import pytest

from support.settings import BINARY, COMPILE_PATIENCE
from support.workers import run_binary


def pytest_collection_modifyitems(items):
    """Begins what takes long first, so that nobody waits for it in the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture
def ended():
    """`ended(thing)` gives `thing` back and calls its `stop` or `close` when the test is over."""
    with contextlib.ExitStack() as stack:

        def end_later(thing):
            stack.callback(thing.stop if hasattr(thing, "stop") else thing.close)
            return thing

        yield end_later


@pytest.fixture(scope="session", autouse=True)
def compiled_locustfiles():
    """Puts the twins into the cache, so that no test waits for the compiler."""
    if not BINARY.exists():
        return  # CPPWORKER_SELF_CHECK: only stock workers take part
    for name in ("compat.cpp", "shop.cpp"):
        process = run_binary("-f", name, "--list")
        try:
            process.wait(COMPILE_PATIENCE)  # a failure to compile is for the tests of that file to show
        finally:
            process.stop()
