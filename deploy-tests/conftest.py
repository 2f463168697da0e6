"""Fixtures: a Docker engine and the images of docker/, once for all tests."""

from __future__ import annotations

import contextlib
import os

import pytest

from support.containers import Containers
from support.engine import Engine, ThrowAwayEngine, Unavailable

TARGETS = ("packages", "cpp-worker", "cpp-worker-dev", "python-locust", "locust")


@pytest.fixture(scope="session")
def engine():
    """Skips the test where no engine can run. CI must have one, so there the test fails."""
    if host := os.environ.get("DOCKER_HOST"):
        engine = Engine(host)
        engine.import_base()
        yield engine
        return
    try:
        throw_away = ThrowAwayEngine()
    except Unavailable as reason:
        if os.environ.get("CI"):
            pytest.fail(f"CI must have a Docker engine: {reason}")
        pytest.skip(f"no Docker engine: {reason}")
    try:
        engine = Engine(throw_away.host)
        engine.import_base()
        yield engine
    finally:
        throw_away.stop()


@pytest.fixture(scope="session")
def images(engine):
    """Builds the images. Gives the names: {"locust": "cpp-worker/locust", ...}."""
    names = {target: f"cpp-worker/{target}" for target in TARGETS}
    for target, name in names.items():
        engine.build(name, target=target)
    names["nginx"] = "cpp-worker/nginx"
    engine.build(names["nginx"], file="docker/nginx.Dockerfile", context="docker")
    return names


@pytest.fixture
def containers(engine, images):
    """Starts containers in a network of their own; they are removed after the test."""
    with contextlib.closing(Containers(engine, images)) as containers:
        yield containers
