"""Translates requests: `self.client.get("/x", name="x", json={…})`."""

from __future__ import annotations

import ast
from typing import Any, Callable

import literals
from expressions import Untranslatable, string_of, text_of
from literals import NO_VALUE, value_of
from scope import Scope

_METHODS = {
    "get": "get",
    "post": "post",
    "put": "put",
    "patch": "patch",
    "delete": "delete_",
    "head": "head",
    "options": "options",
}
_ORDER = "name params data form json headers cookies auth timeout allow_redirects verify".split()
"""C++ requires the order of the declaration."""


class Request:
    """A request of the user's client."""

    def __init__(self, node: ast.Call, scope: Scope) -> None:
        """Raises Untranslatable."""
        self._scope = scope
        if not isinstance(node.func, ast.Attribute) or not scope.is_client(node.func.value):
            raise Untranslatable
        self.is_caught = False
        self._options: dict[str, str] = {}
        arguments = list(node.args)
        if node.func.attr == "request":
            method = value_of(arguments.pop(0), {}) if len(arguments) > 1 else NO_VALUE
            if not literals.is_text(method):
                raise Untranslatable
            self._function, self._arguments = "request", [literals.text_literal(method)]
        elif node.func.attr in _METHODS:
            self._function, self._arguments = _METHODS[node.func.attr], []
        else:
            raise Untranslatable
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if not arguments and "url" in keywords:
            arguments.append(keywords.pop("url"))
        if len(arguments) == 2 and node.func.attr in ("post", "put", "patch") and "data" not in keywords:
            keywords["data"] = arguments.pop()
        if len(arguments) != 1 or None in keywords:
            raise Untranslatable
        self._arguments.append(text_of(arguments[0], scope))
        for name, value in keywords.items():
            self._read_option(name, value)

    def text(self, check: str = "") -> str:
        """`client().get("/x", {.name = "x"})`. @param check a lambda as last argument"""
        options = ", ".join(f".{name} = {self._options[name]}" for name in _ORDER if name in self._options)
        arguments = list(self._arguments)
        if options or check:
            arguments.append(f"{{{options}}}")
        if check:
            arguments.append(check)
        return f"{self._scope.prefix}client().{self._function}({', '.join(arguments)})"

    def _read_option(self, name: str | None, node: ast.expr) -> None:
        readers: dict[str | None, Callable[[ast.expr], None]] = {
            "name": lambda node: self._set("name", string_of(node, self._scope)),
            "params": lambda node: self._set("params", self._pairs(node)),
            "headers": lambda node: self._set("headers", self._pairs(node)),
            "cookies": lambda node: self._set("cookies", self._pairs(node)),
            "data": self._read_data,
            "json": self._read_json,
            "auth": self._read_auth,
            "timeout": self._read_timeout,
            "allow_redirects": lambda node: self._set("allow_redirects", self._flag(node)),
            "verify": lambda node: self._set("verify", self._flag(node)),
            "catch_response": self._read_catch,
        }
        if name not in readers:
            raise Untranslatable
        if not (isinstance(node, ast.Constant) and node.value is None):  # the default of all of them
            readers[name](node)

    def _set(self, option: str, text: str) -> None:
        self._options[option] = text

    def _value(self, node: ast.expr) -> Any:
        return value_of(node, self._scope.known_constants())

    def _read_data(self, node: ast.expr) -> None:
        if isinstance(node, ast.Dict):
            self._set("form", self._pairs(node))
            return
        value = self._value(node)
        if isinstance(value, bytes):
            text = literals.bytes_literal(value)
            if text is None:
                raise Untranslatable
            self._set("data", text)
        elif literals.is_text(value):
            self._set("data", literals.raw_literal(value))
        else:
            self._set("data", string_of(node, self._scope))

    def _read_json(self, node: ast.expr) -> None:
        value = self._value(node)
        text = None if value is NO_VALUE else literals.json_text(value)
        if text is None:
            raise Untranslatable
        self._set("json", literals.raw_literal(text))

    def _read_auth(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Tuple) or len(node.elts) != 2:
            raise Untranslatable
        user, password = (string_of(item, self._scope) for item in node.elts)
        self._set("auth", f"Auth{{{user}, {password}}}")

    def _read_timeout(self, node: ast.expr) -> None:
        value = self._value(node)
        times = value if isinstance(value, tuple) and len(value) == 2 else (value,)
        if not all(literals.is_number(time) and time > 0 for time in times):
            raise Untranslatable
        texts = [literals.duration(time) for time in times]
        self._set("timeout", texts[0] if len(texts) == 1 else f"{{{', '.join(texts)}}}")

    def _read_catch(self, node: ast.expr) -> None:
        self.is_caught = self._flag(node) == "true"

    def _flag(self, node: ast.expr) -> str:
        value = self._value(node)
        if not isinstance(value, bool):
            raise Untranslatable
        return "true" if value else "false"

    def _pairs(self, node: ast.expr) -> str:
        """A dict of texts and ints as pairs of texts."""
        if not isinstance(node, ast.Dict) or not node.keys or None in node.keys:
            raise Untranslatable
        pairs = []
        for key, item in zip(node.keys, node.values):
            name, value = self._value(key), self._value(item)  # type: ignore[arg-type]
            if not literals.is_text(name):
                raise Untranslatable
            text = literals.text_literal(str(value)) if literals.is_int(value) else string_of(item, self._scope)
            pairs.append(f"{{{literals.text_literal(name)}, {text}}}")
        return f"{{{', '.join(pairs)}}}"
