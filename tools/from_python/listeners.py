"""Finds the listeners of events."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from imports import Imports
from model import Function, Locustfile

EVENT_TYPES = {
    "request": "RequestEvent",
    "user_error": "UserErrorEvent",
    "test_start": "EnvironmentEvent",
    "test_stopping": "EnvironmentEvent",
    "test_stop": "EnvironmentEvent",
    "quitting": "EnvironmentEvent",
    "quit": "QuitEvent",
    "spawning_complete": "SpawningCompleteEvent",
    "heartbeat_received": "HeartbeatReceivedEvent",
    "report_to_master": "ReportToMasterEvent",
    "cpu_warning": "CpuWarningEvent",
    "usage_monitor": "UsageMonitorEvent",
}
"""The events of a worker."""


@dataclass
class Listener:
    event: str
    function: Function


def listeners_of(tree: ast.Module, locustfile: Locustfile, imports: Imports) -> list[Listener]:
    """The functions of the module that are decorated with, or given to, `events.X.add_listener`."""
    found: list[Listener] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            # Several listeners may have one name, such as "_".
            function = locustfile.functions.get(node.name)
            function = function if function is not None and function.node is node else Function(node)
            events = [event_of(decorator, imports) for decorator in node.decorator_list]
            found += [Listener(event, function) for event in events if event]
        else:
            added = added_listener(node, imports)
            if added and added[1] in locustfile.functions:
                found.append(Listener(added[0], locustfile.functions[added[1]]))
    return found


def event_of(node: ast.expr, imports: Imports) -> str:
    """"request" for `events.request.add_listener`; "" for anything else."""
    parts = imports.meaning(node).split(".")
    is_listener = len(parts) == 4 and parts[:2] == ["locust", "events"] and parts[3] == "add_listener"
    return parts[2] if is_listener else ""


def added_listener(node: ast.stmt, imports: Imports) -> tuple[str, str] | None:
    """("request", "on_request") for the statement `events.request.add_listener(on_request)`."""
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and len(call.args) == 1 and isinstance(call.args[0], ast.Name):
        event = event_of(call.func, imports)
        return (event, call.args[0].id) if event else None
    return None
