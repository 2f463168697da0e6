"""Translates wait times."""

from __future__ import annotations

import ast
from typing import Any

import literals
from imports import Imports
from literals import value_of
from model import Locustfile
from names import Names
from reader import environment_call, environment_default

_NAMES = ("constant", "between", "constant_pacing", "constant_throughput", "poisson")


def wait_time(node: ast.expr, imports: Imports, locustfile: Locustfile, names: Names) -> tuple[str, bool] | None:
    """`between(1s, 5s)`, and whether a part comes from the environment, at the start of the worker. None if it
    can't be translated."""
    if not isinstance(node, ast.Call):
        return None
    function = imports.meaning(node.func).partition("locust.")[2]
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    if function not in _NAMES or len(arguments) != (2 if function == "between" else 1):
        return None
    is_rate = function in ("constant_throughput", "poisson")
    parts = [_part(argument, imports, locustfile, names, is_rate) for argument in arguments]
    if None in parts:
        return None
    values = [part[0] for part in parts if part]
    if not all(literals.is_number(value) and value >= 0 for value in values):
        return None
    if values != sorted(values) or (is_rate and values[0] == 0):
        return None
    return f"{function}({', '.join(part[1] for part in parts if part)})", any(part[2] for part in parts if part)


def _part(
    node: ast.expr, imports: Imports, locustfile: Locustfile, names: Names, is_rate: bool
) -> tuple[Any, str, bool] | None:
    """The value of an argument, its C++, and whether it comes from the environment."""
    constants = {c.name: c.value for c in locustfile.constants.values()}
    constant = locustfile.constants.get(node.id) if isinstance(node, ast.Name) else None
    if constant is not None:
        name = names.of_module(constant.name)
        return constant.value, name if is_rate else f"Seconds({name})", constant.is_from_environment
    call = environment_call(node, imports, constants)
    if call is not None:
        value = environment_default(node, imports, constants)
        return value, call if is_rate else f"Seconds({call})", True
    certain = {c.name: c.value for c in locustfile.constants.values() if c.is_certain}
    value = value_of(node, certain)
    if not literals.is_number(value):
        return None
    return value, literals.number_literal(value) if is_rate else literals.duration(value), False
