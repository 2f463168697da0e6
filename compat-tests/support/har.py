"""Checks a file against the specification of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/)."""

from __future__ import annotations

from datetime import datetime

_NUMBER = (int, float)
_NAMED = [{"name": str, "value": str, "?comment": str}]
_COOKIES = [{"name": str, "value": str}]

# A member with a question mark is optional. Members whose names begin with _ are allowed everywhere.
_HAR = {
    "log": {
        "version": str,
        "creator": {"name": str, "version": str, "?comment": str},
        "?browser": {"name": str, "version": str},
        "?pages": list,
        "entries": [
            {
                "?pageref": str,
                "startedDateTime": datetime,
                "time": _NUMBER,
                "request": {
                    "method": str,
                    "url": str,
                    "httpVersion": str,
                    "cookies": _COOKIES,
                    "headers": _NAMED,
                    "queryString": _NAMED,
                    "?postData": {"mimeType": str, "?params": list, "?text": str, "?comment": str},
                    "headersSize": int,
                    "bodySize": int,
                },
                "response": {
                    "status": int,
                    "statusText": str,
                    "httpVersion": str,
                    "cookies": _COOKIES,
                    "headers": _NAMED,
                    "content": {
                        "size": int,
                        "?compression": int,
                        "mimeType": str,
                        "?text": str,
                        "?encoding": str,
                        "?comment": str,
                    },
                    "redirectURL": str,
                    "headersSize": int,
                    "bodySize": int,
                },
                "cache": {"?beforeRequest": dict, "?afterRequest": dict},
                "timings": {
                    "?blocked": _NUMBER,
                    "?dns": _NUMBER,
                    "?connect": _NUMBER,
                    "send": _NUMBER,
                    "wait": _NUMBER,
                    "receive": _NUMBER,
                    "?ssl": _NUMBER,
                },
                "?serverIPAddress": str,
                "?connection": str,
                "?comment": str,
            }
        ],
        "?comment": str,
    }
}


def check(har: dict) -> None:
    _check(har, _HAR, "har")
    assert har["log"]["version"] == "1.2"
    for entry in har["log"]["entries"]:
        assert entry["time"] >= 0
        parts = [part for part in entry["timings"].values() if part >= 0]
        assert abs(sum(parts) - entry["time"]) < 0.01


def _check(value, rule, where: str) -> None:
    if isinstance(rule, dict):
        assert isinstance(value, dict), where
        known = {name.lstrip("?"): part for name, part in rule.items()}
        unknown = [name for name in value if name not in known and not name.startswith("_")]
        assert not unknown, f"{where} has {unknown}"
        missing = [name for name in rule if not name.startswith("?") and name not in value]
        assert not missing, f"{where} has no {missing}"
        for name, part in value.items():
            if name in known:
                _check(part, known[name], f"{where}.{name}")
    elif isinstance(rule, list):
        assert isinstance(value, list), where
        for index, part in enumerate(value):
            _check(part, rule[0], f"{where}[{index}]")
    elif rule is datetime:
        assert datetime.fromisoformat(value.replace("Z", "+00:00")).tzinfo, where
    else:
        assert isinstance(value, rule) and not isinstance(value, bool), f"{where} is {value!r}"
