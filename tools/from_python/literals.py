"""Python's literals, and simple expressions of them, as values and as C++ text."""

from __future__ import annotations

import ast
import json
import math
import unicodedata
from typing import Any, Mapping

NO_VALUE = object()
"""The value of an expression is only known at run time."""


def value_of(node: ast.AST, constants: Mapping[str, Any]) -> Any:
    """The value of an expression of literals and of the module's constants; NO_VALUE if it has another part."""
    try:
        value = _value(node, constants)
    except (_NotConstant, ArithmeticError, TypeError, ValueError, RecursionError):
        return NO_VALUE
    return value


class _NotConstant(Exception):
    pass


def _value(node: ast.AST, constants: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and node.value is not Ellipsis:
        return node.value
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [_value(item, constants) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {_value(k, constants): _value(v, constants) for k, v in zip(node.keys, node.values) if k}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _number(_value(node.operand, constants))
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        return _binary(node.op, _value(node.left, constants), _value(node.right, constants))
    if isinstance(node, ast.JoinedStr):
        return "".join(_part(part, constants) for part in node.values)
    raise _NotConstant


def _part(node: ast.AST, constants: Mapping[str, Any]) -> str:
    """A part of an f-string."""
    if isinstance(node, ast.FormattedValue):
        value = _value(node.value, constants)
        if node.conversion == -1 and node.format_spec is None and type(value) in (str, int):
            return str(value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise _NotConstant


def _number(value: Any) -> Any:
    if type(value) not in (int, float):
        raise _NotConstant
    return value


def _binary(op: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(op, ast.Add) and isinstance(left, str) and isinstance(right, str):
        return left + right
    left, right = _number(left), _number(right)
    if isinstance(op, ast.Add):
        return left + right
    if isinstance(op, ast.Sub):
        return left - right
    if isinstance(op, ast.Mult):
        return left * right
    if isinstance(op, ast.Div):
        return left / right
    raise _NotConstant


# --- C++ ---


def is_text(value: Any) -> bool:
    """True for text that a C++ literal can hold: without zero bytes and lone surrogates."""
    return isinstance(value, str) and "\0" not in value and not any(0xD800 <= ord(c) < 0xE000 for c in value)


def is_int(value: Any) -> bool:
    return type(value) is int and -(2**31) < value < 2**31


def is_number(value: Any) -> bool:
    return is_int(value) or (type(value) is float and math.isfinite(value))


def text_literal(text: str) -> str:
    """A literal in double quotes. @pre is_text(text)"""
    quoted = ""
    for character in text:
        if character in '"\\':
            quoted += "\\" + character
        elif character in "\n\t\r":
            quoted += {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[character]
        elif unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
            # Octal: such an escape ends after three digits, whatever follows.
            quoted += "".join(f"\\{byte:03o}" for byte in character.encode("utf-8"))
        elif character == "?" and quoted.endswith("?"):
            quoted += "\\?"  # trigraphs
        else:
            quoted += character
    return f'"{quoted}"'


def bytes_literal(data: bytes) -> str | None:
    """None for data with zero bytes, which a literal can't hold."""
    if 0 in data:
        return None
    quoted = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in data
    )
    return f'"{quoted}"'


def raw_literal(text: str) -> str:
    """`R"({"id": 7})"` for text with quotes or backslashes, else an ordinary literal."""
    is_plain = text.isprintable() and ("\\" in text or '"' in text)
    if not is_plain or "??" in text or not text.isascii():
        return text_literal(text)
    delimiter = ""
    while f'){delimiter}"' in text:
        delimiter += "x"
    return f'R"{delimiter}({text}){delimiter}"'


def number_literal(value: int | float) -> str:
    """@pre is_number(value)"""
    return repr(value)


def duration(seconds: int | float) -> str:
    """`2s`, `1500ms`; `Seconds{0.0001}` for a fraction of a millisecond."""
    if float(seconds).is_integer() and abs(seconds) < 2**31:
        return f"{int(seconds)}s"
    milliseconds = round(seconds * 1000)
    if abs(milliseconds) < 2**31 and math.isclose(milliseconds, seconds * 1000, rel_tol=1e-12):
        return f"{milliseconds}ms"
    return f"Seconds{{{number_literal(float(seconds))}}}"


def json_text(value: Any) -> str | None:
    """What Python's requests send for `json=value`; None if they could not, or a literal can't hold it."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if is_text(text) else None
