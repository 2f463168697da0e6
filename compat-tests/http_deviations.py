"""Where our HTTP users answer otherwise than their Python namesakes, on purpose: the whole list.

`IN_THE_DOCUMENT` maps a reason to what docs/PARITY.md says in its table "Where an HTTP user answers otherwise" (first
column; a test compares the two). `DEVIATIONS` says per engine and case of http_cases.py which facts differ for which
reason. test_http.py lets no other difference pass, and none that isn't there.
"""

from __future__ import annotations

from support.settings import REPOSITORY

IN_THE_DOCUMENT: dict[str, str] = {
    "interim": "a `103 Early Hints` is the answer",
    "header limits": "more than 100 headers, or one of more than 65,536 bytes, are a failure",
    "status line": "`BadStatusLine('HTTP/1.1 abc Bad\\r\\n')` for a status that is no number",
    "broken chunks": "the failure of a broken chunked body names the chunk",
    "error types": "wrong arguments raise ValueError, missing certificate files OSError",
    "rest": "`rest()` without a connection: the text of the outermost exception",
    "source line": "TLS failures end with `(_ssl.c:1006)`",
}

_NO_ANSWER = ("ok", "own cookies", "reason", "size", "status", "text", "url")


def _facts(reason: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, reason)


_FAILURE = "row 0 failure"
_HEADER_LIMITS = _facts("header limits", *(f"answer 0 {name}" for name in _NO_ANSWER), _FAILURE, "row 0 length")

DEVIATIONS: dict[str, dict[str, dict[str, str]]] = {
    "HttpCaseUser": {
        "informational-103": _facts(
            "interim", *(f"answer 0 {name}" for name in ("reason", "size", "status", "text")), "row 0 length"
        ),
        "too-huge-header": _HEADER_LIMITS,
        "headers-200": _HEADER_LIMITS,
        "bad-status": _facts("status line", _FAILURE),
        "bad-status-post-named": _facts("status line", _FAILURE),
        "bad-chunk": _facts("broken chunks", _FAILURE),
        "bad-chunk-post-named": _facts("broken chunks", _FAILURE),
        "cut-chunk": _facts("broken chunks", _FAILURE),
        "cut-chunk-post-named": _facts("broken chunks", _FAILURE),
        "timeout-zero": _facts("error types", "answer 0 raised"),
        "tls-no-file": _facts("error types", "answer 0 raised"),
        "tls-no-cert": _facts("error types", "answer 0 raised"),
        "rest-closed": _facts("rest", _FAILURE),
        "tls-unknown": _facts("source line", _FAILURE),
        "tls-trusted-call": _facts("source line", "row 1 failure"),
        "tls-wrong-name": _facts("source line", _FAILURE),
        "tls-plain-server": _facts("source line", _FAILURE),
    }
}
"""By engine, case and fact: the reason."""


def of_the_document() -> list[str]:
    """The first column of the table in docs/PARITY.md."""
    text = (REPOSITORY / "docs" / "PARITY.md").read_text(encoding="utf-8")
    section = text.split("## Where an HTTP user answers otherwise", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [row.split(" | ")[0].removeprefix("|").strip() for row in rows[2:]]
