"""Translates expressions that mean the same in C++. Everything else is Untranslatable."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

import literals
from literals import NO_VALUE, value_of
from scope import Scope


class Untranslatable(Exception):
    """This code has no certain counterpart in C++: it becomes a comment."""


class Expression(NamedTuple):
    text: str
    type: str  # "literal" (a string literal), "constant" (a string_view), "string", "int", "float", "bool", "response"


def text_of(node: ast.AST, scope: Scope) -> str:
    """An expression that converts to std::string_view."""
    expression = translate(node, scope)
    if expression.type not in ("literal", "constant", "string"):
        raise Untranslatable
    return expression.text


def string_of(node: ast.AST, scope: Scope) -> str:
    """An expression that converts to std::string."""
    expression = translate(node, scope)
    return f"std::string({text_of(node, scope)})" if expression.type == "constant" else text_of(node, scope)


def translate(node: ast.AST, scope: Scope) -> Expression:
    if isinstance(node, ast.Constant):
        return _literal(node.value)
    if isinstance(node, ast.Name):
        return _name(node.id, scope)
    if isinstance(node, ast.JoinedStr):
        return _concatenation([_part(part, scope) for part in node.values])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _concatenation([*_text_parts(node.left, scope), *_text_parts(node.right, scope)])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _percent(node, scope)
    if isinstance(node, ast.Call):
        return _call(node, scope)
    if isinstance(node, ast.Attribute):
        return _attribute(node, scope)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = value_of(node, {})
        return _literal(value)
    raise Untranslatable


def condition(node: ast.AST, scope: Scope) -> str:
    """A condition of an `if`, without parentheses around it."""
    if isinstance(node, ast.BoolOp):
        operator = " && " if isinstance(node.op, ast.And) else " || "
        parts = [condition(value, scope) for value in node.values]
        return operator.join(f"({part})" if " && " in part or " || " in part else part for part in parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = condition(node.operand, scope)
        return f"!{inner}" if re.fullmatch(r"[\w.>()-]+", inner) else f"!({inner})"
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _comparison(node.left, node.ops[0], node.comparators[0], scope)
    if isinstance(node, ast.Attribute) and node.attr == "ok" and _is_response(node.value, scope):
        return translate(node.value, scope).text + ".ok()"
    raise Untranslatable


_OPERATORS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def _comparison(left: ast.AST, operator: ast.cmpop, right: ast.AST, scope: Scope) -> str:
    if isinstance(operator, (ast.In, ast.NotIn)):
        sign = "==" if isinstance(operator, ast.NotIn) else "!="
        if isinstance(right, ast.Attribute) and right.attr == "text" and _is_response(right.value, scope):
            return f"{translate(right, scope).text}.find({text_of(left, scope)}) {sign} std::string::npos"
        raise Untranslatable
    if type(operator) not in _OPERATORS:
        raise Untranslatable
    elapsed = _elapsed(left, scope)
    limit = value_of(right, scope.known_constants())
    if elapsed and isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) and literals.is_number(limit):
        return f"{elapsed} {_OPERATORS[type(operator)]} {literals.duration(limit)}"
    a, b = translate(left, scope), translate(right, scope)
    numbers = ("int", "float")
    are_texts = a.type == "string" and b.type in ("literal", "constant", "string")
    if not (are_texts and type(operator) in (ast.Eq, ast.NotEq)) and not (a.type in numbers and b.type in numbers):
        raise Untranslatable
    return f"{a.text} {_OPERATORS[type(operator)]} {b.text}"


def _elapsed(node: ast.AST, scope: Scope) -> str:
    """`response.elapsed` for `response.elapsed.total_seconds()`."""
    if (
        isinstance(node, ast.Call)
        and not node.args
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "total_seconds"
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr == "elapsed"
        and _is_response(node.func.value.value, scope)
    ):
        return translate(node.func.value.value, scope).text + ".elapsed"
    return ""


def _literal(value: Any) -> Expression:
    if literals.is_text(value):
        return Expression(literals.text_literal(value), "literal")
    if isinstance(value, bool):
        return Expression("true" if value else "false", "bool")
    if literals.is_number(value):
        return Expression(literals.number_literal(value), "int" if type(value) is int else "float")
    raise Untranslatable


def _name(name: str, scope: Scope) -> Expression:
    if name in scope.variables:
        return Expression(*scope.variables[name])
    constants = scope.known_constants()
    if name not in constants:
        raise Untranslatable
    value = constants[name]
    kind = "constant" if isinstance(value, str) else _literal(value).type
    return Expression(scope.names.of_module(name), kind)


def _attribute(node: ast.Attribute, scope: Scope) -> Expression:
    if _is_response(node.value, scope):
        types = {"status_code": "int", "text": "string", "url": "string", "reason": "string"}
        if node.attr in types:
            return Expression(f"{translate(node.value, scope).text}.{node.attr}", types[node.attr])
    raise Untranslatable


def _is_response(node: ast.AST, scope: Scope) -> bool:
    return isinstance(node, ast.Name) and scope.variables.get(node.id, ("", ""))[1] == "response"


def random_number(node: ast.AST, scope: Scope) -> Expression | None:
    """`random.randint(a, b)`, `random.uniform(a, b)`."""
    functions = {"random.randint": ("randint", "int"), "random.uniform": ("uniform", "float")}
    found = functions.get(scope.meaning(node.func)) if isinstance(node, ast.Call) else None
    if found is None or not isinstance(node, ast.Call) or len(node.args) != 2 or node.keywords:
        return None
    bounds = [translate(argument, scope) for argument in node.args]
    kinds = ("int",) if found[1] == "int" else ("int", "float")
    if any(bound.type not in kinds for bound in bounds):
        return None
    return Expression(f"{found[0]}({bounds[0].text}, {bounds[1].text})", found[1])


def _call(node: ast.Call, scope: Scope) -> Expression:
    number = random_number(node, scope)
    if number is not None:
        return number
    if isinstance(node.func, ast.Name) and node.func.id == "str" and len(node.args) == 1 and not node.keywords:
        if node.func.id not in scope.own_names:
            return Expression(_as_string(translate(node.args[0], scope)), "string")
    raise Untranslatable


def _part(node: ast.AST, scope: Scope) -> Expression:
    """A part of an f-string."""
    if isinstance(node, ast.FormattedValue):
        if node.conversion != -1 or node.format_spec is not None:
            raise Untranslatable
        expression = translate(node.value, scope)
        return expression if expression.type == "literal" else Expression(_as_string(expression), "string")
    return translate(node, scope)


def _text_parts(node: ast.AST, scope: Scope) -> list[Expression]:
    """The operands of `"a" + b + "c"`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_text_parts(node.left, scope), *_text_parts(node.right, scope)]
    expression = translate(node, scope)
    if expression.type not in ("literal", "constant", "string"):
        raise Untranslatable
    return [expression if expression.type == "literal" else Expression(_as_string(expression), "string")]


def _percent(node: ast.BinOp, scope: Scope) -> Expression:
    """`"/item/%d" % number`."""
    template = node.left.value if isinstance(node.left, ast.Constant) else None
    values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    if not literals.is_text(template):
        raise Untranslatable
    pieces = re.split(r"(%.?)", template)
    parts: list[Expression] = []
    for piece in pieces:
        if not piece.startswith("%"):
            parts.append(_literal(piece))
        elif piece == "%%":
            parts.append(_literal("%"))
        elif piece in ("%d", "%i", "%s") and values:
            value = translate(values.pop(0), scope)
            if piece != "%s" and value.type != "int":
                raise Untranslatable
            parts.append(value if value.type == "literal" else Expression(_as_string(value), "string"))
        else:
            raise Untranslatable
    if values:
        raise Untranslatable
    return _concatenation(parts)


def _as_string(expression: Expression) -> str:
    if expression.type == "int":
        return f"std::to_string({expression.text})"
    if expression.type in ("literal", "constant"):
        return f"std::string({expression.text})"
    if expression.type == "string":
        return expression.text
    raise Untranslatable  # Python writes floats and bools in its own way


def _concatenation(parts: list[Expression]) -> Expression:
    merged: list[Expression] = []
    for part in parts:
        if part.text == '""':
            continue
        if merged and merged[-1].type == part.type == "literal":
            merged[-1] = Expression(merged[-1].text[:-1] + part.text[1:], "literal")
        else:
            merged.append(part)
    if not merged:
        return Expression('""', "literal")
    if len(merged) == 1:
        return merged[0]
    return Expression(" + ".join(part.text for part in merged), "string")
