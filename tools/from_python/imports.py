"""What a name of the locustfile stands for, if it comes from Locust or another module."""

from __future__ import annotations

import ast

LOCUST_CLASSES = {
    "HttpUser": "HttpUser",
    "FastHttpUser": "FastHttpUser",
    "User": "User",
    "TaskSet": "TaskSet",
    "SequentialTaskSet": "SequentialTaskSet",
    "MarkovTaskSet": "MarkovTaskSet",
    "LoadTestShape": "LoadTestShape",
    # before Locust 1.0
    "HttpLocust": "HttpUser",
    "FastHttpLocust": "FastHttpUser",
    "Locust": "User",
    "TaskSequence": "SequentialTaskSet",
}

_OTHER_NAMES = frozenset(
    """task tag events between constant constant_pacing constant_throughput poisson transition transitions
    seq_task StopUser RescheduleTask RescheduleTaskImmediately InterruptTaskSet run_single_user""".split()
)


class Imports:
    """The names that a module imports."""

    def __init__(self, tree: ast.Module) -> None:
        self._meaning: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for name in node.names:
                    top = name.name.split(".")[0]
                    self._meaning[name.asname or top] = name.name if name.asname else top
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for name in node.names:
                    self._meaning[name.asname or name.name] = f"{node.module}.{name.name}"
        defined = {
            node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        }
        defined.update(
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        )
        self._defined = defined

    def meaning(self, node: ast.AST) -> str:
        """The dotted name of an imported thing: "locust.HttpUser", "time.sleep"; "" for anything else.

        Modules of Locust are all named "locust". Locust's own names count as imported if the file does not
        define them: `from common import *` may bring them.
        """
        dotted = _dotted(node)
        if not dotted:
            return ""
        first, _, rest = dotted.partition(".")
        found = self._meaning.get(first, "")
        if not found:
            is_locusts = first in LOCUST_CLASSES or first in _OTHER_NAMES
            found = f"locust.{first}" if is_locusts and first not in self._defined else ""
        if not found:
            return ""
        full = f"{found}.{rest}" if rest else found
        parts = full.split(".")
        if parts[0] == "locust":  # locust.contrib.fasthttp.FastHttpUser, locust.exception.StopUser
            while len(parts) > 2 and parts[1] in _LOCUST_MODULES:
                del parts[1]
        return ".".join(parts)


_LOCUST_MODULES = frozenset(
    """argument_parser clients contrib core dispatch env exception fasthttp runners sequential_taskset shape stats task
    user users wait_time markov_taskset""".split()
)


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        outer = _dotted(node.value)
        return f"{outer}.{node.attr}" if outer else ""
    return ""


def is_import_of_locust(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import):
        return all(name.name.split(".")[0] == "locust" for name in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "locust"
