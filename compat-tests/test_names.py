"""Host names: connections are spread over a name's addresses, a changed address is found, link-local addresses keep their interface."""

from __future__ import annotations

from collections import Counter

import pytest

from support import name_server
from support.settings import BINARY, LOCUSTFILES, VENV
from support.workers import CACHE, SELF_CHECK, compile_once

pytestmark = [
    pytest.mark.skipif(SELF_CHECK, reason="compares the two by itself"),
    pytest.mark.skipif(bool(name_server.unavailable()), reason=name_server.unavailable() or "-"),
]

HTTP_USERS = ["HttpNames", "FastNames"]


def stock(user_class: str) -> list[str]:
    options = ["--headless", "--users", "1", "--spawn-rate", "1", "--run-time", "60"]
    return [str(VENV / "bin" / "locust"), "-f", str(LOCUSTFILES / "names.py"), user_class, *options]


def ours(user_class: str) -> list[str]:
    compile_once(LOCUSTFILES / "names.cpp")
    worker = [str(BINARY), "-f", str(LOCUSTFILES / "names.cpp"), "--debug-user", user_class]
    worker += ["--iterations", "1", "--host", "http://not.asked.test"]
    return ["env", f"CPPWORKER_CACHE_DIR={CACHE}", *worker]


BOTH = [pytest.param(stock, user, id=f"stock-{user}") for user in HTTP_USERS] + [
    pytest.param(ours, user, id=f"ours-{user}") for user in [*HTTP_USERS, "TcpNames"]
]
OURS = [pytest.param(ours, user, id=f"ours-{user}") for user in [*HTTP_USERS, "TcpNames"]]


@pytest.mark.parametrize(("engine", "user_class"), BOTH)
def test_connections_are_spread_over_the_addresses(engine, user_class):
    result = name_server.play("round_robin", engine(user_class))
    assert sorted(Counter(result["seen"]).values()) == [10, 10, 10, 10], result
    if engine is ours:
        assert result["lookups"] < 40, "an answer is kept for a second"


@pytest.mark.parametrize(("engine", "user_class"), BOTH)
def test_addresses_that_refuse_are_passed_over(engine, user_class):
    result = name_server.play("one_is_down", engine(user_class))
    assert result["seen"] == ["127.0.0.11"] * 8, result


@pytest.mark.parametrize(("engine", "user_class"), BOTH)
def test_a_changed_address_is_found(engine, user_class):
    result = name_server.play("change", engine(user_class))
    assert result["seen"] == ["127.0.0.11", "127.0.0.12", "127.0.0.12", "127.0.0.12"], result


@pytest.mark.parametrize(("engine", "user_class"), BOTH[:4])
def test_a_failed_lookup_is_a_failure_of_its_request_only(engine, user_class):
    result = name_server.play("failing", engine(user_class))
    assert result["seen"] == ["127.0.0.11"] * 2, result
    assert "gaierror(-3, 'Temporary failure in name resolution')" in result["output"]


@pytest.mark.parametrize(("engine", "user_class"), BOTH)
def test_a_name_may_have_a_link_local_address(engine, user_class):
    result = name_server.play("link_local", engine(user_class))
    assert result["seen"] == ["fe80::77%d0"] * 2, result


@pytest.mark.parametrize(("engine", "user_class"), OURS)
def test_a_host_may_be_a_link_local_address(engine, user_class):
    """Stock Locust's users can't connect to such a URL."""
    result = name_server.play("link_local_literal", engine(user_class))
    assert result["seen"] == ["fe80::77%d0"] * 2, result


@pytest.mark.parametrize("host", ["fe80::77%d0", "[fe80::77%25d0]"])
def test_a_master_may_have_a_link_local_address(host):
    compile_once(LOCUSTFILES / "names.cpp")
    worker = [str(BINARY), "-f", str(LOCUSTFILES / "names.cpp"), f"--master-host={host}"]
    result = name_server.play("link_local_master", ["env", f"CPPWORKER_CACHE_DIR={CACHE}", *worker])
    assert result["greeting"] == "ff", "ZMTP begins with it"
