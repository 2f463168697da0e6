"""Translates wait times."""

from __future__ import annotations

import ast
from typing import Any, Mapping

import literals
from imports import Imports
from literals import NO_VALUE, value_of
from names import Names
from reader import environment_default

_NAMES = ("constant", "between", "constant_pacing", "constant_throughput", "poisson")


def wait_time(node: ast.expr, imports: Imports, constants: Mapping[str, Any], names: Names) -> tuple[str, bool] | None:
    """`between(1s, 5s)`, and whether that is certain: false if a part is the default of an environment variable.
    None if it can't be translated."""
    if not isinstance(node, ast.Call):
        return None
    function = imports.meaning(node.func).partition("locust.")[2]
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    if function not in _NAMES or len(arguments) != (2 if function == "between" else 1):
        return None
    is_certain = True
    values: list[Any] = []
    texts: list[str] = []
    for argument in arguments:
        value = value_of(argument, constants)
        if value is NO_VALUE:
            value = environment_default(argument, imports, dict(constants))
            is_certain = False
        if not literals.is_number(value) or value < 0:
            return None
        values.append(value)
        texts.append(_text(argument, value, function, names))
    is_rate = function in ("constant_throughput", "poisson")
    if values != sorted(values) or (is_rate and values[0] == 0):
        return None
    return f"{function}({', '.join(texts)})", is_certain


def _text(argument: ast.expr, value: int | float, function: str, names: Names) -> str:
    is_rate = function in ("constant_throughput", "poisson")
    if isinstance(argument, ast.Name):
        name = names.of_module(argument.id)
        return name if is_rate else f"Seconds({name})"
    return literals.number_literal(value) if is_rate else literals.duration(value)
