"""Translates the listener of `init_command_line_parser` to CPPWORKER_ARGUMENTS."""

from __future__ import annotations

import ast
from typing import Any, Mapping

import literals
from literals import NO_VALUE, value_of
from model import Function
from scope import first_parameter

_FLAGS = ("is_secret", "is_required", "is_multiple", "include_in_web_ui")
_DEFAULTS_OF_FLAGS = {"include_in_web_ui": True}


def arguments_of(listener: Function, constants: Mapping[str, Any]) -> tuple[list[str], list[ast.stmt]]:
    """The arguments in braces, and the statements that can't be translated."""
    parser = first_parameter(listener.node)
    arguments: list[str] = []
    others: list[ast.stmt] = []
    for statement in listener.node.body:
        text = _argument(statement, parser, constants)
        if text is not None:
            arguments.append(text)
        elif not isinstance(statement, ast.Pass) and not _is_docstring(statement):
            others.append(statement)
    return arguments, others


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _argument(node: ast.stmt, parser: str, constants: Mapping[str, Any]) -> str | None:
    call = node.value if isinstance(node, ast.Expr) else None
    if (
        not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Attribute)
        or call.func.attr != "add_argument"
        or not isinstance(call.func.value, ast.Name)
        or call.func.value.id != parser
    ):
        return None
    names = [value_of(argument, constants) for argument in call.args]
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    known = {"type", "action", "default", "help", "choices", "env_var", "nargs", "required", *_FLAGS}
    if not all(map(literals.is_text, names)) or not any(name.startswith("--") for name in names) or set(options) - known:
        return None
    members = [("name", literals.text_literal(",".join(names)))]
    values = {name: value_of(option, constants) for name, option in options.items() if name and name != "type"}
    if NO_VALUE in values.values():
        return None
    default = _default(options.get("type"), values)
    if default is None:
        return None
    if default:
        members.append(("default_value", default))
    if literals.is_text(values.get("help")):  # argparse formats it with %
        members.append(("help", literals.text_literal(values["help"].replace("%%", "%"))))
    choices = values.get("choices")
    if choices is not None:
        if not isinstance(choices, (list, tuple)) or len(choices) > 32 or not choices:
            return None
        members.append(("choices", f"{{{', '.join(literals.text_literal(str(choice)) for choice in choices)}}}"))
    if literals.is_text(values.get("env_var")):
        members.append(("env_var", literals.text_literal(values["env_var"])))
    for flag in _FLAGS:
        value = values.get(flag, _DEFAULTS_OF_FLAGS.get(flag, False))
        if not isinstance(value, bool):
            return None
        if value != _DEFAULTS_OF_FLAGS.get(flag, False):
            members.append((flag, "true" if value else "false"))
    if "nargs" in values and not values.get("is_multiple"):
        return None
    return "{" + ", ".join(f".{name} = {value}" for name, value in members) + "}"


def _default(type_: ast.expr | None, values: dict[str, Any]) -> str | None:
    """The text of `.default_value`; "" for none, None if there is no counterpart."""
    value = values.get("default")
    action = values.get("action", "store")
    if action == "store_true":
        return "true" if value is True else "false" if value in (None, False) else None
    type_name = type_.id if isinstance(type_, ast.Name) else None
    if action != "store" or (type_ is not None and type_name not in ("str", "int", "float", "bool")):
        return None
    if isinstance(value, (list, tuple)) and values.get("is_multiple"):
        return literals.text_literal(",".join(map(str, value)))
    if value is None:
        return "" if type_name in (None, "str") else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if type_name in (None, "str") and literals.is_text(value):
        return literals.text_literal(value)
    if type_name == "float" and literals.is_number(value):
        return repr(float(value))
    if type_name in (None, "int") and literals.is_int(value):
        return str(value)
    if type_name is None and literals.is_number(value):
        return repr(value)
    return None
