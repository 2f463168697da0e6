"""Writes the C++ locustfile, in the order of the Python file."""

from __future__ import annotations

import ast

import literals
from arguments import arguments_of
from classes import Classes, number_type
from comments import comments
from functions import Functions, first_line_of
from imports import Imports, is_import_of_locust
from layout import broken
from listeners import EVENT_TYPES, Listener, added_listener, listeners_of
from model import Locustfile
from names import Names
from reader import environment_call
from scope import Scope
from source import Source
from statements import INDENT


class Writer:
    def __init__(self, source: Source, locustfile: Locustfile, imports: Imports, names: Names) -> None:
        self._source = source
        self._locustfile = locustfile
        self._imports = imports
        self._names = names
        names.shared = frozenset(user.name for user in locustfile.classes.values() if user.kind == "user" and names.is_ambiguous(user.name))
        self._classes = Classes(source, locustfile, imports, names)
        self._functions = Functions(source)
        listeners = listeners_of(source.tree, locustfile, imports)
        self._parsers = [listener for listener in listeners if listener.event == "init_command_line_parser"]
        self._listeners = [listener for listener in listeners if listener.event != "init_command_line_parser"]
        self._relations = self._classes._relations

    def text(self, name: str) -> str:
        blocks = self._blocks()
        last = self._last_lines()
        code = "\n\n".join("\n".join(block) for block in blocks)
        head = [
            *comments([f"The skeleton of {name}, written by `cpp-worker --from`. Complete what is marked TODO."]),
            "",
        ]
        is_string_used = "std::string " in code or "std::string(" in code or "std::to_string" in code or "std::string::" in code
        if is_string_used:
            head += ["#include <string>"]
        if "std::string_view" in code:
            head += ["#include <string_view>"]
        if head[-1] != "":
            head.append("")
        head += ["#include <cppworker/locust.hpp>", "", "using namespace cppworker;"]
        if _uses_chrono_literals(code):
            head.append("using namespace std::chrono_literals;")
        return "\n".join([*head, "", code, "", *last]) + "\n" if code else "\n".join([*head, "", *last]) + "\n"

    def _blocks(self) -> list[list[str]]:
        blocks: list[list[str]] = []
        next_line = 1
        is_init_written = False
        previous = ""
        for node in self._source.tree.body:
            first = first_line_of(node)
            before = self._comments_between(next_line, first - 1)
            next_line = max(next_line, (node.end_lineno or node.lineno) + 1)
            kind, lines = self._block(node)
            if kind == "listener" and not is_init_written and self._listeners:
                lines = self._init()
                is_init_written = True
            is_same = kind == previous and kind in ("import", "constant") and not before
            if lines and is_same and blocks:
                blocks[-1] += lines
            elif lines or before:
                blocks.append(before + lines)
            if lines or before:
                previous = kind
        end = self._comments_between(next_line, len(self._source.lines))
        return [*blocks, end] if end else blocks

    def _comments_between(self, first: int, last: int) -> list[str]:
        texts = []
        for number in range(first, last + 1):
            column = self._source.comment_columns.get(number)
            text = "" if column is None else self._source.lines[number - 1][column + 1 :]
            is_for_tools = number <= 2 and (text.startswith("!") or "coding" in text)
            if column is not None and not is_for_tools and not self._source.lines[number - 1][:column].strip():
                texts.append(text.removeprefix(" "))
        return comments(texts)

    def _block(self, node: ast.stmt) -> tuple[str, list[str]]:
        """Kind and lines of a statement of the module."""
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if is_import_of_locust(node) or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                return "import", []
            return "import", comments(self._source.slice(node.lineno, node.end_lineno or node.lineno, 0))
        if isinstance(node, ast.ClassDef):
            return "class", self._class(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self._function(node)
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            return self._constant(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            text = node.value.value if isinstance(node.value.value, str) else ""
            return "comment", comments([line.rstrip() for line in text.strip().split("\n")]) if text.strip() else []
        added = added_listener(node, self._imports)
        if added and any(listener.event == added[0] and listener.function.name == added[1] for listener in [*self._listeners, *self._parsers]):
            return "listener", []
        if isinstance(node, ast.Pass):
            return "comment", []
        return "comment", self._functions.commented(node, 0, 0)

    def _class(self, node: ast.ClassDef) -> list[str]:
        of = self._locustfile.classes.get(node.name)
        if of is None or of.node is not node or node.name in self._locustfile.functions:
            return self._functions.commented(node, 0, 0)
        if of.kind == "shape":
            note = comments(["A load shape runs on the master: keep it in the master's Python file."])
            return [*note, *comments(self._source.slice(node.lineno, node.end_lineno or node.lineno, 0))]
        if of.kind == "plain" and not self._relations.users_of_mixin(of):
            return self._functions.commented(node, 0, 0)
        return self._classes.written(of, 0)

    def _function(self, node: "ast.FunctionDef | ast.AsyncFunctionDef") -> tuple[str, list[str]]:
        if any(listener.function.node is node for listener in [*self._listeners, *self._parsers]):
            return "listener", []
        function = self._locustfile.functions.get(node.name)
        if function is None or function.node is not node or not function.used_by:
            return "function", self._functions.commented(node, 0, 0)
        return "function", self._classes.task_function(function)

    def _constant(self, node: "ast.Assign | ast.AnnAssign") -> tuple[str, list[str]]:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        constant = self._locustfile.constants.get(target.id) if isinstance(target, ast.Name) else None
        if constant is None:
            return "comment", self._functions.commented(node, 0, 0)
        name, value = self._names.of_module(constant.name), constant.value
        before = comments(self._source.comments_of_code(node.lineno, node.end_lineno or node.lineno))
        call = environment_call(node.value, self._imports, self._classes.certain_constants) if node.value else None
        if call is not None:
            kind = "std::string" if isinstance(value, str) else number_type(value)
            return "constant", [*before, *broken(f"const {kind} {name} = {call};", 0)]
        if isinstance(value, bool):
            text = f"constexpr bool {name} = {'true' if value else 'false'};"
        elif literals.is_number(value):
            text = f"constexpr {number_type(value)} {name} = {literals.number_literal(value)};"
        else:
            text = f"constexpr std::string_view {name} = {literals.text_literal(value)};"
        lines = broken(text, 0)
        if not constant.is_certain:
            source = " ".join(self._source.slice(node.lineno, node.end_lineno or node.lineno, 1000))
            before += comments([f"TODO: the default of line {node.lineno}: {source}"])
        return "constant", before + lines

    # --- listeners ---

    def _init(self) -> list[str]:
        lines: list[str] = []
        for listener in self._listeners:
            if lines:
                lines.append("")
            lines += self._listener(listener)
        return [
            "// Runs once per shard (thread), before its users.",
            f"void init({self._names.library('Environment')}& environment) {{",
            *(INDENT + line if line else "" for line in lines),
            "}",
        ]

    def _listener(self, listener: Listener) -> list[str]:
        node = listener.function.node
        scope = Scope(imports=self._imports, names=self._names, constants=self._classes.certain_constants, self_name="")
        about = comments([f"{listener.function.name}, line {node.lineno}"], 2) if listener.function.name.strip("_") else []
        if listener.event == "init":
            return [*about, *self._functions.body(node, scope, 2)]
        if listener.event not in EVENT_TYPES:
            lines = self._source.slice(node.lineno, node.end_lineno or node.lineno, 0)
            return comments([f"A worker of this kind has no event {listener.event}: keep this in the master's file.", *lines], 2)
        body = self._functions.body(node, scope, 4)
        head = f"environment.events.{listener.event}.add_listener([](const {self._names.library(EVENT_TYPES[listener.event])}&) {{"
        parts = [head] if len(head) + 2 <= 100 else ["environment.events." + listener.event + ".add_listener(", "    " + head.split("add_listener(")[1]]
        return [*about, *parts, *(INDENT + line if line else "" for line in body), "});"]

    # --- the end ---

    def _last_lines(self) -> list[str]:
        lines: list[str] = []
        if any(listener.event in EVENT_TYPES or listener.event == "init" for listener in self._listeners):
            lines.append("CPPWORKER_INIT(init)")
        elif self._listeners:
            lines.append("CPPWORKER_INIT(init)")
        lines += self._arguments()
        users = self._locustfile.users()
        running = [user for user in users if self._classes.has_tasks(user)]
        for user in users:
            if user not in running:
                lines += comments([f"TODO: {user.name} has no task; list it here when it has one."])
        if not running:
            lines += comments(["TODO: list your user classes here. A locustfile needs at least one."])
        names = ", ".join(self._classes.reference(user) for user in running)
        return [*lines, *broken(f"CPPWORKER_LOCUSTFILE({names})", 0)]

    def _arguments(self) -> list[str]:
        texts: list[str] = []
        notes: list[str] = []
        for listener in self._parsers:
            node = listener.function.node
            found, others = arguments_of(listener.function, self._classes.certain_constants)
            texts += found
            untranslated = {line for other in others for line in range(other.lineno, (other.end_lineno or 0) + 1)}
            for line in range(first_line_of(node), (node.end_lineno or node.lineno) + 1):
                if line not in untranslated:
                    notes += comments(self._source.comments_of_code(line, line))
            for statement in others:
                notes += self._functions.commented(statement, 0, statement.col_offset)
        if not texts:
            return notes
        return [*notes, *_arguments_lines(texts)]


def _arguments_lines(texts: list[str]) -> list[str]:
    """Each argument in lines of its own, as clang-format breaks nested braces."""
    line = f"CPPWORKER_ARGUMENTS({', '.join(texts)})"
    return broken(line, 0)


def _uses_chrono_literals(code: str) -> bool:
    import re

    lines = [line for line in code.split("\n") if not line.lstrip().startswith("//")]
    return re.search(r"\b\d+m?s\b", "\n".join(lines)) is not None
