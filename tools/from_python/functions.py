"""Writes methods, functions that are tasks, and listeners."""

from __future__ import annotations

import ast
import re
from typing import Any

import literals
from comments import WIDTH, comments
from layout import broken
from literals import NO_VALUE, value_of
from model import Class, Function, FunctionNode
from scope import Scope, first_parameter, own_names_of
from source import Source
from statements import INDENT, Body


class Functions:
    """Writes functions of one file."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def written(
        self, head: str, function: Function, scope: Scope, indent: int, end: str = "", is_template: bool = False
    ) -> list[str]:
        """A function with its body. @param end a last statement, for a result"""
        node = function.node
        lines = self.body(node, scope, indent + len(INDENT))
        lines = notes_on(function, indent + len(INDENT)) + lines
        if end:
            lines.append(end)
        return in_braces(head, lines, indent, is_template)

    def body(self, node: FunctionNode, scope: Scope, indent: int) -> list[str]:
        scope.own_names = own_names_of(node)
        first = self._first_line(node)
        head = self._source.comments_of_code(first_line_of(node), min(first, node.body[0].lineno) - 1)
        lines = comments(head, indent) + Body(self._source, scope, indent).lines(node.body, first)
        return [part for line in lines for part in _indented_break(line, indent)]

    def commented(self, node: ast.stmt, indent: int, column: int) -> list[str]:
        """The source as comment, with decorators."""
        first = first_line_of(node)
        lines = self._source.slice(first, node.end_lineno or node.lineno, column)
        return comments([f"TODO: translate from line {first}:", *lines], indent)

    def _first_line(self, node: FunctionNode) -> int:
        """The line after `def f(…):`."""
        head = node.lineno
        for argument in ast.walk(node.args):
            head = max(head, getattr(argument, "end_lineno", None) or 0)
        for number in range(head, (node.end_lineno or head) + 1):  # the line with the colon
            text = self._source.lines[number - 1]
            column = self._source.comment_columns.get(number, len(text))
            if text[:column].rstrip().endswith(":") or number == node.body[0].lineno:
                return number + 1 if number < node.body[0].lineno else node.body[0].lineno + (number == head)
        return node.body[0].lineno


def first_line_of(node: ast.stmt) -> int:
    """With its decorators."""
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def in_braces(head: str, lines: list[str], indent: int, is_template: bool = False) -> list[str]:
    """`head { statement; }` where that fits, as .clang-format has it."""
    if not lines:
        return [head + " {}"]
    short = f"{head} {{ {lines[0]} }}"
    is_simple = len(lines) == 1 and "](" not in lines[0] and not re.search(r"^//|;  //", lines[0])
    if is_simple and not is_template and len(short) + indent <= WIDTH:
        return [short]
    return [head + " {", *(INDENT + line if line else "" for line in lines), "}"]


def notes_on(function: Function, indent: int) -> list[str]:
    """What the C++ head of a function does not show."""
    node = function.node
    notes = [f"TODO: decorated with @{ast.unparse(d)}" for d in function.other_decorators if not _is_listener(d)]
    if isinstance(node, ast.AsyncFunctionDef):
        notes.append("TODO: async in Python")
    if any(isinstance(inner, ast.Return) and inner.value is not None for inner in _own_nodes(node)):
        notes.append("TODO: returns a value")
    parameters = ast.unparse(node.args)
    if "," in parameters or function.node.args.vararg or function.node.args.kwonlyargs:
        notes.append(f"TODO: parameters: {parameters}")
    return comments(notes, indent)


def _is_listener(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "add_listener"


def _own_nodes(function: FunctionNode) -> list[ast.AST]:
    """The nodes of a function without those of functions in it."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            pending += ast.iter_child_nodes(node)
    return found


def parameters_of(function: Function) -> list[str] | None:
    """The parameters after the first; None if there are others than positional ones."""
    arguments = function.node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        return None
    return [argument.arg for argument in [*arguments.posonlyargs, *arguments.args][1:]]


def single_number(function: "FunctionNode | ast.Lambda", constants: dict[str, Any]) -> int | float | None:
    """The result of a function that only returns a number."""
    body = function.body
    if isinstance(function, ast.Lambda):
        value = value_of(function.body, constants)
    elif len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:  # type: ignore[arg-type,index]
        value = value_of(body[0].value, constants)  # type: ignore[index]
    else:
        value = NO_VALUE
    return value if literals.is_number(value) and value >= 0 else None


def _indented_break(line: str, indent: int) -> list[str]:
    stripped = line.lstrip(" ")
    lead = line[: len(line) - len(stripped)]
    return [lead + part for part in broken(stripped, indent + len(lead))]


def member_scope(base: Scope, owner: Class, function: Function) -> Scope:
    return Scope(**{**vars(base), "self_name": first_parameter(function.node), "variables": {}})
