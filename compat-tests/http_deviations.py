"""Where our HTTP users deliberately behave differently from their Python namesakes: the complete list.

`IN_THE_DOCUMENT` maps a reason to what docs/PARITY.md says in its table "Where an HTTP user behaves differently" (first
column; a test compares the two). `DEVIATIONS` says per engine and case of http_cases.py which facts differ for which
reason. test_http.py lets no other difference pass, and none that isn't there.
"""

from __future__ import annotations

from support.settings import REPOSITORY

IN_THE_DOCUMENT: dict[str, str] = {
    "interim": "a `103 Early Hints` counts as the response",
    "error types": "wrong arguments raise ValueError, missing certificate files OSError",
    "rest": "`rest()` without a connection: the failure has the text of the outermost exception",
    "address": "the failure text of a connection timeout ends with the address of an object, `… at 0x7f…>`",
    "source line": "TLS failures end with `(_ssl.c:1006)`",
    "sent url": "FastHttpUser: `response.url` is the host plus the URL as written in the locustfile",
    "no url": "FastHttpUser: a URL without scheme or valid host is a failed lookup, `gaierror(-2, …)`",
    "idn": "FastHttpUser: a host name beyond ASCII is encoded by IDNA 2003, but sent in Latin-1 in the Host header",
    "quoting": "FastHttpUser: dot segments are sent, and one stray `%` causes all other `%` to be escaped again",
    "latin location": "FastHttpUser: a `Location` in UTF-8 is decoded as Latin-1",
    "ok": "FastHttpUser: `response.ok` is False for a status of 600 and above",
    "undecodable": "FastHttpUser: an unknown Content-Encoding or broken brotli ends the task and is not reported",
    "empty gzip": "FastHttpUser: `Content-Encoding: gzip` without a body, also after HEAD, causes a failure",
    "history": "FastHttpUser: a response with a bad status has no `history`",
    "raise_for_status": "FastHttpUser: `raise_for_status()` raises LocustBadStatusCode",
    "stream 404": "FastHttpUser: the body of a streamed response with a bad status is lost",
}


def _facts(reason: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, reason)


_FAILURE = "row 0 failure"

_URL = "answer 0 url"
_REPORTED = tuple(f"row 0 {name}" for name in ("context", "failure", "length", "name", "type", "url"))
_ANSWERED = tuple(f"answer 0 {name}" for name in ("history", "ok", "raised", "size", "status", "text", "url"))
_THROWS = tuple(f"answer 0 {name}" for name in ("history", "raised", "size", "status", "text"))

_FAST: dict[str, dict[str, str]] = {
    **{
        case: _facts("sent url", _URL)
        for case in (
            "params", "params-join", "params-name", "path-empty-query", "cookies-expired", "redirect-fragment",
            "status-400", "status-404", "status-418", "status-429", "status-500", "status-503", "status-name", "head-404",
        )
    },
    **{
        case: _facts("no url", *_THROWS, *_REPORTED) for case in ("url-bad-scheme", "url-no-scheme", "url-no-host", "idn-hyphen", "idn-bad-escape", "idn-escaped-control")
    },
    **{case: _facts("idn", "answer 0 raised") for case in ("idn-symbol", "idn-not-normalized")},
    **{
        case: _facts("error types", "answer 0 raised")
        for case in (
            "header-bad-value", "header-bad-name", "header-beyond-latin1", "header-beyond-latin1-astral",
            "header-name-latin1", "header-name-space", "own-method-utf8", "own-method-space", "auth-beyond-latin1",
            "url-bad-port", "idn-long-port",
        )
    },
    **{
        case: _facts("undecodable", *_ANSWERED, *_REPORTED)
        for case in ("unknown-encoding", "bad-br", "bad-br-post-named")
    },
    "path-quoting": _facts("quoting", "sent 0 line") | _facts("sent url", _URL),
    "redirect-spaces": _facts("latin location", "sent 1 line") | _facts("sent url", _URL),
    "status-600": _facts("ok", "answer 0 ok"),
    "status-999": _facts("ok", "answer 0 ok"),
    "empty-gzip": _facts("empty gzip", _FAILURE),
    "head-gzip": _facts("empty gzip", _FAILURE),
    "redirect-named": _facts("history", "answer 0 history"),
    "redirect-unnamed-404": _facts("history", "answer 0 history"),
    "timeout-zero": _facts("error types", *_THROWS, *_REPORTED),
    "verdict-raise": _facts("raise_for_status", "answer 0 raised"),
    "rest-closed": _facts("rest", _FAILURE),
    "stream-404": _facts("stream 404", "answer 0 read"),
    "tls-wrong-name": _facts("source line", _FAILURE),
    "tls-plain-server": _facts("source line", _FAILURE),
}

DEVIATIONS: dict[str, dict[str, dict[str, str]]] = {
    "HttpCaseUser": {
        "informational-103": _facts(
            "interim", *(f"answer 0 {name}" for name in ("reason", "size", "status", "text")), "row 0 length"
        ),
        "no-connection": _facts("address", _FAILURE),
        **{
            case: _facts("error types", "answer 0 raised")
            for case in (
                "header-beyond-latin1", "header-beyond-latin1-astral", "header-name-latin1", "own-method-utf8",
                "own-method-space", "auth-beyond-latin1", "auth-url-beyond-latin1",
            )
        },
        "cookies-call-latin1": _facts("error types", "answer 1 raised"),
        "timeout-zero": _facts("error types", "answer 0 raised"),
        "tls-no-file": _facts("error types", "answer 0 raised"),
        "tls-no-cert": _facts("error types", "answer 0 raised"),
        "rest-closed": _facts("rest", _FAILURE),
        "tls-unknown": _facts("source line", _FAILURE),
        "tls-trusted-call": _facts("source line", "row 1 failure"),
        "tls-wrong-name": _facts("source line", _FAILURE),
        "tls-plain-server": _facts("source line", _FAILURE),
    },
    "FastHttpCaseUser": _FAST,
}
"""By engine, case and fact: the reason."""


_BY_LIBCURL = {
    "head": "libcurl sends no body with HEAD",
    "status line": "libcurl does not give a status line whose status is not a number from 100 to 999",
    "chunks": "libcurl does not say at which line or byte a chunked body is broken",
    "proxy": "libcurl sends Proxy-Authorization after Host",
}

LIBCURLS: dict[str, dict[str, str]] = {
    "body-HEAD": _facts(_BY_LIBCURL["head"], "sent 0 body", "sent 0 headers"),
    "proxy-auth": _facts(_BY_LIBCURL["proxy"], "sent 0 headers"),
    **{
        f"{case}{named}": _facts(_BY_LIBCURL[reason], _FAILURE)
        for case, reason in (("bad-status", "status line"), ("bad-chunk", "chunks"), ("cut-chunk", "chunks"))
        for named in ("", "-post-named")
    },
}
"""By case of HttpUser and fact: why libcurl's exchange differs from one over our connections."""


def of_the_document() -> list[str]:
    """The first column of the table in docs/PARITY.md."""
    text = (REPOSITORY / "docs" / "PARITY.md").read_text(encoding="utf-8")
    section = text.split("## Where an HTTP user behaves differently", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [row.split(" | ")[0].removeprefix("|").strip() for row in rows[2:]]
