"""What each worker of a cluster has reported, as a master with locustfiles/reports.py writes it down."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any


class Reports:
    """All reports of one worker, added up."""

    def __init__(self, messages: list[dict[str, Any]]):
        self.messages = messages
        self.requests: Counter = Counter()
        self.failures: Counter = Counter()
        self.lengths: Counter = Counter()
        self.errors: dict[str, dict[str, Any]] = {}
        for message in messages:
            for entry in message["stats"]:
                name = f"{entry['method']} {entry['name']}"
                self.requests[name] += entry["num_requests"]
                self.failures[name] += entry["num_failures"]
                self.lengths[name] += entry["total_content_length"]
            for key, error in message["errors"].items():
                self.errors[key] = {field: error[field] for field in ("method", "name", "error")}

    def shape(self) -> dict[str, Any]:
        """The fields of its messages and of the tables in them, with the types of their values."""
        shape: dict[str, Any] = {}
        for message in self.messages:
            for key, value in message.items():
                shape.setdefault(key, set()).add(type(value).__name__)
            for entry in [*message["stats"], message["stats_total"]]:
                for key, value in entry.items():
                    shape.setdefault(f"stats.{key}", set()).add(kind(value))
            for error in message["errors"].values():
                for key, value in error.items():
                    shape.setdefault(f"errors.{key}", set()).add(kind(value))
        return shape

    def figures(self, names: list[str]) -> tuple:
        """Requests, failures, average, least and greatest time in ms, average length: of these rows together."""
        entries = [e for m in self.messages for e in m["stats"] if f"{e['method']} {e['name']}" in names]
        requests = sum(entry["num_requests"] for entry in entries)
        return (
            requests,
            sum(entry["num_failures"] for entry in entries),
            round(sum(entry["total_response_time"] for entry in entries) / requests, 6),
            round(min(entry["min_response_time"] for entry in entries), 6),
            round(max(entry["max_response_time"] for entry in entries), 6),
            round(sum(entry["total_content_length"] for entry in entries) / requests, 6),
        )

    def lengths_per_request(self) -> dict[str, float]:
        return {name: self.lengths[name] / count for name, count in self.requests.items() if count}


def kind(value: Any) -> str:
    """Numbers are numbers: Python makes an integer of a sum of none."""
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def read_reports(path: Path) -> dict[str, Reports]:
    """By the worker's id."""
    messages: dict[str, list] = {}
    text = path.read_text(encoding="utf-8")
    for line in text[: text.rfind("\n") + 1].splitlines():  # the master may be writing the next one
        told = json.loads(line)
        messages.setdefault(told["worker"], []).append(told["report"])
    return {worker: Reports(theirs) for worker, theirs in messages.items()}
