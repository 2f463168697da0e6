"""What a worker said, brought into a form in which two workers can be compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .scripted_master import PERIODIC
from .wire import Message


@dataclass
class Transcript:
    """Everything that must be equal for a stock worker and cpp-worker."""

    steps: list[tuple[str, list]] = field(default_factory=list)
    """Per step of the scenario: the messages in order, without the periodic ones."""
    states: set[str] = field(default_factory=set)
    """States in heartbeats; a passing `spawning` may be missed and is left out."""
    shapes: dict[str, Any] = field(default_factory=dict)
    """Field names and field types of the periodic messages."""
    totals: dict[str, Any] = field(default_factory=dict)
    """All reports added up."""
    exit_code: int | None = None


def transcribe(steps: list[tuple[str, list[Message]]], exit_code: int | None) -> Transcript:
    result = Transcript(exit_code=exit_code)
    everything = [message for _, messages in steps for message in messages]
    for name, messages in steps:
        result.steps.append((name, [normalise(m) for m in messages if m.type not in PERIODIC]))
    heartbeats = [m.data for m in everything if m.type == "heartbeat"]
    reports = [m.data for m in everything if m.type == "stats"]
    result.states = {data["state"] for data in heartbeats} - {"spawning"}
    result.shapes = {
        "heartbeat": shape(heartbeats),
        "report": shape(reports, without=("stats", "stats_total", "errors", "user_classes_count")),
        "row": shape([row for data in reports for row in data["stats"]]),
        "total": shape([data["stats_total"] for data in reports]),
        "error": shape([error for data in reports for error in data["errors"].values()]),
    }
    result.totals = add_up(reports)
    return result


def normalise(message: Message) -> tuple[str, Any]:
    """The message without what must differ: version, traceback, the type before a C++ exception's text."""
    data = message.data
    if message.type == "client_ready" and (isinstance(data, str) or data == -1):
        data = "<version, or -1>"
    if message.type == "exception" and isinstance(data.get("traceback"), str) and data["traceback"]:
        data = data | {"msg": data["msg"].removeprefix("std::runtime_error: "), "traceback": "<text>"}
    return message.type, data


_TIMES = {"total_response_time", "max_response_time", "min_response_time", "current_cpu_usage"}
"""Python leaves these ints until a float is added: int and float are the same there."""


def shape(maps: list[dict], without: tuple[str, ...] = ()) -> dict[str, str]:
    """Field names with the set of types seen."""
    kinds: dict[str, set[str]] = {}
    for data in maps:
        for key, value in data.items():
            kind = set() if key in without else _kind(key, value)
            kinds.setdefault(key, set()).update(kind)
    return {key: " or ".join(sorted(kinds[key])) for key in sorted(kinds)}


def _kind(key: str, value: Any) -> set[str]:
    if key in _TIMES and type(value) in (int, float):
        return {"number"}
    if isinstance(value, dict):
        return {f"map of {type(k).__name__} to {type(v).__name__}" for k, v in value.items()}
    return {type(value).__name__}


def add_up(reports: list[dict]) -> dict[str, Any]:
    """The sums over all reports, as a master forms them."""
    rows: dict[tuple, Counter] = {}
    extremes: dict[tuple, list[float]] = {}
    errors: dict[str, dict] = {}
    for data in reports:
        for row in [*data["stats"], data["stats_total"]]:
            key = (row["method"], row["name"])
            sums = rows.setdefault(key, Counter())
            for name in ("num_requests", "num_none_requests", "num_failures", "total_content_length"):
                sums[name] += row[name]
            sums["total_response_time"] = round(sums["total_response_time"] + row["total_response_time"], 3)
            for rounded, count in row["response_times"].items():
                sums[f"response_times[{rounded}]"] += count
            sums["num_reqs_per_sec"] += sum(row["num_reqs_per_sec"].values())
            sums["num_fail_per_sec"] += sum(row["num_fail_per_sec"].values())
            if row["min_response_time"] is not None:
                extremes.setdefault(key, []).extend((row["min_response_time"], row["max_response_time"]))
        for key, error in data["errors"].items():
            known = errors.setdefault(
                key, {k: error[k] for k in ("method", "name", "error")} | {"occurrences": 0}
            )
            known["occurrences"] += error["occurrences"]
    return {
        "rows": {key: {k: v for k, v in sums.items() if v} for key, sums in sorted(rows.items())},
        "min and max": {key: (min(values), max(values)) for key, values in sorted(extremes.items())},
        "errors": dict(sorted(errors.items())),
    }
