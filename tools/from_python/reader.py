"""Reads the classes, tasks, tags and constants of a Python locustfile, as Locust would after an import."""

from __future__ import annotations

import ast
from typing import Any, Mapping

import literals
from imports import LOCUST_CLASSES, Imports
from literals import NO_VALUE, value_of
from model import Class, Constant, Function, Locustfile, Row
from source import Source

USERS = ("HttpUser", "FastHttpUser", "User")
SETS = ("TaskSet", "SequentialTaskSet", "MarkovTaskSet")


def read(source: Source) -> tuple[Locustfile, Imports]:
    imports = Imports(source.tree)
    reader = _Reader(source, imports)
    reader.read_module()
    return reader.locustfile, imports


def environment_default(node: ast.AST, imports: Imports, constants: Mapping[str, Any]) -> Any:
    """The default of `os.getenv("X", default)`, also within int(…) and float(…); NO_VALUE for anything else."""
    found = _environment_variable(node, imports, constants)
    return NO_VALUE if found is None else found[1]


def environment_call(node: ast.AST, imports: Imports, constants: Mapping[str, Any]) -> str | None:
    """`env("X", 3)` for `int(os.getenv("X", "3"))`; None for anything else."""
    found = _environment_variable(node, imports, constants)
    if found is None or not literals.is_text(found[0]):
        return None
    name, default = found
    if literals.is_text(default):
        return f"env({literals.text_literal(name)}, {literals.text_literal(default)})"
    if literals.is_number(default):
        return f"env({literals.text_literal(name)}, {literals.number_literal(default)})"
    return None


def _environment_variable(node: ast.AST, imports: Imports, constants: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Name and default."""
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    if imports.meaning(node.func) in ("os.getenv", "os.environ.get") and len(node.args) == 2:
        values = tuple(value_of(argument, constants) for argument in node.args)
        return None if NO_VALUE in values else values
    if isinstance(node.func, ast.Name) and node.func.id in ("int", "float") and len(node.args) == 1:
        found = _environment_variable(node.args[0], imports, constants)
        try:
            return None if found is None else (found[0], {"int": int, "float": float}[node.func.id](found[1]))
        except (TypeError, ValueError, OverflowError):
            return None
    return None


class _Reader:
    def __init__(self, source: Source, imports: Imports) -> None:
        self.source = source
        self.imports = imports
        self.locustfile = Locustfile()
        self.values: dict[str, Any] = {}

    def read_module(self) -> None:
        for node in self.source.tree.body:
            if isinstance(node, ast.ClassDef):
                self.locustfile.classes[node.name] = self._read_class(node, None)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.locustfile.functions[node.name] = self._read_function(node, None)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                self._read_constant(node)

    def _read_constant(self, node: "ast.Assign | ast.AnnAssign") -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) != 1 or not isinstance(targets[0], ast.Name) or node.value is None:
            return
        name = targets[0].id
        if self._bindings().get(name, 0) != 1:
            return
        value = value_of(node.value, self.values)
        certain = {c.name: c.value for c in self.locustfile.constants.values() if c.is_certain}
        is_certain = value_of(node.value, certain) is not NO_VALUE
        if value is NO_VALUE:
            value = environment_default(node.value, self.imports, self.values)
        if literals.is_text(value) or literals.is_number(value) or isinstance(value, bool):
            self.values[name] = value
            is_call = environment_call(node.value, self.imports, certain) is not None
            self.locustfile.constants[name] = Constant(name, value, is_certain, is_call)

    def _bindings(self) -> dict[str, int]:
        """How often the module assigns each name, also by `global` in a function."""
        if not hasattr(self, "_counted"):
            counted: dict[str, int] = {}
            for node in ast.walk(self.source.tree):
                for name in node.names if isinstance(node, ast.Global) else []:
                    counted[name] = counted.get(name, 0) + 1
            pending: list[ast.AST] = list(self.source.tree.body)
            while pending:
                node = pending.pop()
                name = node.id if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)) else ""
                if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                    name = node.name
                elif not isinstance(node, ast.Lambda):
                    pending += ast.iter_child_nodes(node)
                counted[name] = counted.get(name, 0) + 1
            self._counted = counted
        return self._counted

    # --- classes ---

    def _read_class(self, node: ast.ClassDef, outer: Class | None) -> Class:
        result = Class(node, outer)
        self._read_bases(result)
        attributes: dict[str, ast.expr] = {}
        entries: dict[str, Any] = {}  # of the class body, in order, as in Python's class_dict
        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                function = self._read_function(statement, result)
                entries[statement.name] = function
                result.methods[statement.name] = function
            elif isinstance(statement, ast.ClassDef):
                inner = self._read_class(statement, result)
                entries[statement.name] = inner
                result.classes[statement.name] = inner
            else:
                for name, value in assignments(statement):
                    attributes[name] = value
                    if name in ("tasks", "task_set"):
                        entries["tasks"] = value
        if not result.root:
            self._guess_kind(result, attributes)
        result.is_abstract = value_of(attributes.get("abstract", ast.Constant(False)), self.values) is True
        self._read_tasks(result, entries)
        self._read_class_decorators(result)
        return result

    def _read_bases(self, result: Class) -> None:
        for base in result.node.bases:
            known = self._class_named(base, result.outer)
            meaning = self.imports.meaning(base)
            own = meaning.rpartition(".")[2] if meaning.startswith("locust.") else ""
            if known is not None:
                result.bases.append(known)
                if known.root and not result.root:
                    result.kind, result.root = known.kind, known.root
            elif own in LOCUST_CLASSES:
                self._set_root(result, LOCUST_CLASSES[own])
            elif not (isinstance(base, ast.Name) and base.id == "object"):
                result.unknown_bases.append(self.source.segment(base))

    @staticmethod
    def _set_root(result: Class, root: str) -> None:
        if result.root:
            return
        result.root = root
        result.kind = "user" if root in USERS else "set" if root in SETS else "shape"

    def _guess_kind(self, result: Class, attributes: dict[str, ast.expr]) -> None:
        """For a class whose base is imported from elsewhere: by its name and members."""
        if not result.unknown_bases:
            return
        base = result.unknown_bases[0].rpartition(".")[2]
        has_tasks = any(f.task_weight is not None for f in result.methods.values()) or "tasks" in attributes
        if base.endswith(("TaskSet", "Tasks", "TaskSequence", "Behavior", "Behaviour")):
            self._set_root(result, "SequentialTaskSet" if "Sequential" in base else "TaskSet")
        elif "Shape" in base:
            self._set_root(result, "LoadTestShape")
        elif base.endswith(("User", "Locust")) or (has_tasks and ("host" in attributes or "wait_time" in attributes)):
            self._set_root(result, "FastHttpUser" if "Fast" in base else "HttpUser")
        elif has_tasks:
            self._set_root(result, "TaskSet")

    def _read_tasks(self, result: Class, entries: dict[str, Any]) -> None:
        if result.kind not in ("user", "set"):
            return
        if result.root == "MarkovTaskSet":
            functions = [entry for entry in entries.values() if isinstance(entry, Function) and entry.transitions]
            result.rows = [Row(function) for function in functions]
            return
        ordered = list(entries.items())
        if result.root != "SequentialTaskSet":  # there, `tasks` comes before all decorated members
            ordered.sort(key=lambda item: item[0] != "tasks")
        for name, entry in ordered:
            if isinstance(entry, ast.expr):
                result.rows += self._rows_of(entry, result)
            elif entry.task_weight is not None:
                result.rows.append(Row(entry, entry.task_weight))
        if any(isinstance(row.target, Function) and row.target.order is not None for row in result.rows):
            result.rows.sort(key=lambda row: (row.target.order or 0) if isinstance(row.target, Function) else 0)
        for row in result.rows:
            if isinstance(row.target, Function) and row.target.owner is None:
                row.target.used_by.append(result)

    def _rows_of(self, node: ast.expr, owner: Class) -> list[Row]:
        """The rows of `tasks = [a, b]`, `{a: 3}`, `[(a, 3)]`."""
        pairs: list[tuple[ast.expr, ast.expr | None]] = []
        if isinstance(node, ast.Dict):
            pairs = [(key, value) for key, value in zip(node.keys, node.values) if key is not None]
        elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            for item in node.elts:
                is_pair = isinstance(item, ast.Tuple) and len(item.elts) == 2
                pairs.append((item.elts[0], item.elts[1]) if is_pair else (item, None))
        elif self._task_named(node, owner) is not None:  # task_set = Browse, before Locust 1.0
            pairs = [(node, None)]
        elif not (isinstance(node, ast.Constant) and node.value is None):
            owner.notes.append(f"tasks = {self.source.segment(node)}")
        rows: list[Row] = []
        for item, weight in pairs:
            target = self._task_named(item, owner)
            if target is None:
                owner.notes.append(f"a task of the list: {self.source.segment(item)}")
                continue
            row = Row(target, self._weight(weight, owner))
            if rows and rows[-1].target is target:
                rows[-1].weight += row.weight
            elif any(known.target is target for known in rows) and owner.root != "SequentialTaskSet":
                next(known for known in rows if known.target is target).weight += row.weight
            else:
                rows.append(row)
        return rows

    def _weight(self, node: ast.expr | None, owner: Class) -> int:
        if node is None:
            return 1
        value = value_of(node, self.values)
        if value is NO_VALUE:
            value = environment_default(node, self.imports, self.values)
        certain = {c.name: c.value for c in self.locustfile.constants.values() if c.is_certain}
        if type(value) is int and value < 2**31:
            if value_of(node, certain) is NO_VALUE:  # in C++, weights are fixed when the file is compiled
                owner.notes.append(f"a weight: {self.source.segment(node)}")
            return max(value, 0)
        owner.notes.append(f"a weight: {self.source.segment(node)}")
        return 1

    def _task_named(self, node: ast.expr, owner: Class) -> "Function | Class | None":
        if isinstance(node, ast.Name):
            # A name of the class body counts only after its definition, as in Python.
            own = owner.methods.get(node.id) or owner.classes.get(node.id)
            found = own if own is not None and own.node.lineno < node.lineno else None
            found = found or self.locustfile.functions.get(node.id) or self.locustfile.classes.get(node.id)
        elif isinstance(node, ast.Attribute):
            holder = self._class_named(node.value, owner)
            found = holder and (holder.find_method(node.attr) or holder.classes.get(node.attr))
        else:
            found = None
        is_other_class = isinstance(found, Class) and found.kind != "set"
        return None if is_other_class else found or None

    def _class_named(self, node: ast.expr, scope: Class | None) -> Class | None:
        if isinstance(node, ast.Name):
            if scope is not None and node.id in scope.classes:  # as in Python: not those of outer classes
                return scope.classes[node.id]
            return self.locustfile.classes.get(node.id)
        if isinstance(node, ast.Attribute):
            holder = self._class_named(node.value, scope)
            return holder.classes.get(node.attr) if holder else None
        return None

    def _read_class_decorators(self, result: Class) -> None:
        for decorator in reversed(result.node.decorator_list):
            name, arguments = self._decorator(decorator)
            if name == "task":
                result.task_weight = self._weight(arguments[0] if arguments else None, result)
            elif name == "tag":
                for tag in self._texts(arguments):
                    if tag not in result.class_tags:
                        result.class_tags.append(tag)
                    _add_tag(result, tag)

    # --- functions ---

    def _read_function(self, node: Any, owner: Class | None) -> Function:
        result = Function(node, owner)
        for decorator in reversed(node.decorator_list):
            name, arguments = self._decorator(decorator)
            if name == "task":
                weight = arguments[0] if arguments else None
                result.task_weight = self._weight(weight, owner) if owner else 1
            elif name == "tag":
                result.tags += [tag for tag in self._texts(arguments) if tag not in result.tags]
            elif name == "seq_task":
                order = value_of(arguments[0], self.values) if arguments else NO_VALUE
                result.order = order if type(order) is int else 0
                result.task_weight = result.task_weight or 1
            elif name in ("transition", "transitions"):
                result.transitions.update(self._transitions(decorator, name))
            else:
                result.other_decorators.append(decorator)
        return result

    def _decorator(self, node: ast.expr) -> tuple[str, list[ast.expr]]:
        """("task", [the weight]) for `@locust.task(weight)`; ("", []) for what is not Locust's."""
        call = node if isinstance(node, ast.Call) else None
        meaning = self.imports.meaning(call.func if call else node)
        if not meaning.startswith("locust."):
            return "", []
        arguments = list(call.args) + [keyword.value for keyword in call.keywords] if call else []
        return meaning.rpartition(".")[2], arguments

    def _texts(self, nodes: list[ast.expr]) -> list[str]:
        values = [value_of(node, self.values) for node in nodes]
        return [value for value in values if literals.is_text(value) and value]

    def _transitions(self, node: ast.expr, name: str) -> dict[str, int]:
        if not isinstance(node, ast.Call):
            return {}
        values = [value_of(argument, self.values) for argument in node.args]
        values += [value_of(keyword.value, self.values) for keyword in node.keywords]
        if not values or NO_VALUE in values:
            return {}
        if name == "transition":
            pairs = [(values[0], values[1] if len(values) > 1 else 1)]
        elif isinstance(values[0], dict):
            pairs = list(values[0].items())
        elif isinstance(values[0], list):
            pairs = [item if isinstance(item, tuple) and len(item) == 2 else (item, 1) for item in values[0]]
        else:
            pairs = []
        return {to: weight for to, weight in pairs if literals.is_text(to) and literals.is_int(weight)}


def assignments(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    """The names and values of `a = b = 1` and `a: int = 1`."""
    if isinstance(node, ast.Assign):
        return [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
        return [(node.target.id, node.value)]
    return []



def _add_tag(target: "Class | Function", tag: str) -> None:
    """As Locust's @tag: the tags of a class go to the functions in its tasks."""
    if isinstance(target, Function):
        if tag not in target.tags:
            target.tags.append(tag)
        return
    for row in target.all_rows():
        if row.target is not target:
            _add_tag(row.target, tag)
