"""What the reader finds in a Python locustfile, and the writer writes in C++."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any, Union

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef]


@dataclass(eq=False)
class Function:
    """A method, or a function of the module. Locust's decorators change the object, so its tags are here."""

    node: FunctionNode
    owner: "Class | None" = None
    task_weight: int | None = None  # of @task; None: not decorated
    tags: list[str] = field(default_factory=list)
    transitions: dict[str, int] = field(default_factory=dict)  # of a MarkovTaskSet
    order: int | None = None  # of @seq_task, from before Locust 1.0
    other_decorators: list[ast.expr] = field(default_factory=list)
    used_by: "list[Class]" = field(default_factory=list)  # classes whose tasks name this function of the module

    @property
    def name(self) -> str:
        return self.node.name


@dataclass
class Row:
    """One entry of a class's own tasks."""

    target: "Function | Class"
    weight: int = 1


@dataclass(eq=False)
class Class:
    """A class of the locustfile. `kind` is "user", "set", "shape" or "plain"."""

    node: ast.ClassDef
    outer: "Class | None" = None
    kind: str = "plain"
    root: str = ""  # Locust's class: "HttpUser", "SequentialTaskSet", …; "" for a plain class
    bases: "list[Class]" = field(default_factory=list)  # those of this file, in order
    unknown_bases: list[str] = field(default_factory=list)
    is_abstract: bool = False
    task_weight: int | None = None
    class_tags: list[str] = field(default_factory=list)
    methods: dict[str, Function] = field(default_factory=dict)
    classes: "dict[str, Class]" = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)  # without those of the bases
    notes: list[str] = field(default_factory=list)  # what could not be read

    @property
    def name(self) -> str:
        return self.node.name

    def ancestors(self) -> "list[Class]":
        """This class and its bases in this file, nearest first."""
        found = [self]
        for base in self.bases:
            found += [other for other in base.ancestors() if other not in found]
        return found

    def all_rows(self) -> list[Row]:
        """The rows of the bases and of the class, as in Python's `tasks`."""
        rows = [row for base in self.bases if base.kind == self.kind for row in base.all_rows()]
        return rows + self.rows

    def has_tasks(self) -> bool:
        return any(row.weight > 0 for row in self.all_rows())

    def find_method(self, name: str) -> Function | None:
        return next((c.methods[name] for c in self.ancestors() if name in c.methods), None)


@dataclass
class Constant:
    """`NAME = value` at the top of the file, or the default of an environment variable."""

    name: str
    value: Any
    is_certain: bool = True  # false: the value depends on the environment
    is_from_environment: bool = False  # true: it is that of an environment variable


@dataclass
class Locustfile:
    classes: dict[str, Class] = field(default_factory=dict)  # of the module
    functions: dict[str, Function] = field(default_factory=dict)  # of the module
    constants: dict[str, Constant] = field(default_factory=dict)

    def every_class(self) -> list[Class]:
        def within(classes: "dict[str, Class]") -> list[Class]:
            return [c for outer in classes.values() for c in [outer, *within(outer.classes)]]

        return within(self.classes)

    def users(self) -> list[Class]:
        """The classes that run, in the order of the file."""
        return [c for c in self.classes.values() if c.kind == "user" and not c.is_abstract]
