"""What the names in a function's body stand for."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any, Mapping

from imports import Imports
from model import FunctionNode
from names import Names


@dataclass
class Scope:
    """One function, while its statements are translated."""

    imports: Imports
    names: Names
    constants: Mapping[str, Any]  # the module's constants that have a name in C++, with their values
    self_name: str = "self"  # its first parameter: the user or set; "" if there is none
    prefix: str = ""  # before members in C++: "", "this->", "l."
    is_set: bool = False
    is_user: bool = False
    has_client: bool = False
    is_void: bool = True  # false: `return;` is not allowed in the C++ function
    methods: Mapping[str, str] = field(default_factory=dict)  # those without arguments, with their C++ names
    super_methods: Mapping[str, str] = field(default_factory=dict)  # on_start: "Base::on_start" or ""
    own_names: frozenset[str] = frozenset()  # parameters and variables
    variables: dict[str, tuple[str, str]] = field(default_factory=dict)  # with C++ name and type, as they are declared

    def meaning(self, node: ast.AST) -> str:
        """Imports.meaning(), unless the function uses the name for a variable."""
        return "" if _first_name(node) in self.own_names else self.imports.meaning(node)

    def is_self(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.self_name != ""

    def is_client(self, node: ast.AST) -> bool:
        """`self.client`, and `self.user.client` in a set."""
        if not isinstance(node, ast.Attribute) or node.attr != "client" or not self.has_client:
            return False
        holder = node.value
        if self.is_set and isinstance(holder, ast.Attribute) and holder.attr == "user":
            holder = holder.value
        return self.is_self(holder)

    def known_constants(self) -> dict[str, Any]:
        return {name: value for name, value in self.constants.items() if name not in self.own_names}


def own_names_of(function: FunctionNode) -> frozenset[str]:
    """The parameters, except the first, and the variables of a function."""
    names = {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del))
    }
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node is not function:
            names.add(node.name)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            names.update(node.names)
    first = first_parameter(function)
    stored = [
        node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == first and not isinstance(node.ctx, ast.Load)
    ]
    return frozenset(names if stored else names - {first})


def first_parameter(function: FunctionNode) -> str:
    positional = [*function.args.posonlyargs, *function.args.args]
    return positional[0].arg if positional else ""


def _first_name(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
