"""The table of calls that test_http.py makes with a Python user and with a C++ user.

A case is made by one user with a session of its own:

* `id`: also the first part of its paths, by which the server knows what belongs together; the second part says what
  the server does (support/misbehaving_server.py);
* `calls`: each with `method`, `url`, `options` (Locust's keyword arguments; `form` stands for `data` with a dict, `data_size` for `data` with this number of letters),
  and if it is to be more than a call: `verdict` (catch_response: "success", a failure's text, "" for none, "raise" for
  raise_for_status()), `read` (so many lines of a streamed body), `rest`/`rest_` and `assert` (a message: the
  assertion that `id` is 8 fails), `as_request` (client.request() instead of client.get()), `pause` (seconds before it),
  `header` and (HttpUser) `cookie` (a name to look up by [] and by get() in the answer);
* `session`: attributes that are set before; `host`: instead of the server's.

`{base}`, `{tls}`, `{closed}` (a URL where nobody listens), `{full}` (one where nobody accepts), `{certificate}` and `{folder}` are filled in.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from support.misbehaving_server import BAD_JSON

CASES: list[dict[str, Any]] = []

SHORT = 0.3
"""A timeout that is meant to expire."""


def case(case_id: str, *calls: dict[str, Any], **more: Any) -> None:
    assert all(known["id"] != case_id for known in CASES), case_id
    CASES.append({"id": case_id, "calls": list(calls)} | more)


def call(method: str, url: str, *, more: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return {"method": method, "url": url, "options": options} | (more or {})


def one(case_id: str, method: str, path: str, *, more: dict[str, Any] | None = None, **options: Any) -> None:
    """A case of one call of a path below its id."""
    case(case_id, call(method, f"/{case_id}/{path}", more=more, **options))


# What is asked

for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
    one(f"method-{_method}", _method, "ok")
for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
    one(f"body-{_method}", _method, "ok", data="raw body")
one("own-method", "PURGE", "ok", more={"as_request": True})
one("lower-method", "get", "ok", more={"as_request": True})
one("data-utf8", "POST", "ok", data="Straße €")
one("data-large", "POST", "ok", data="x" * 300_000)
one("json-dict", "POST", "ok", json={"a": [1, 2.5, None, True], "ü": "ß\n\"€", "n": {}})
one("json-list", "PUT", "ok", json=[1, "two"])
one("json-own-type", "POST", "ok", json={"a": 1}, headers={"content-type": "application/vnd.x+json"})
one("form", "POST", "ok", form={"user": "a b", "pw": "1+1=2&x", "ü": "/~-._"})
one("form-repeated", "POST", "ok", form=[["a", "1"], ["a", "2"], ["b", ""]])
one("files", "POST", "ok", files=[{"name": "f", "content": "<b>", "filename": 'a"b.html', "content_type": "text/html"}])
one("files-form", "POST", "ok", form={"a": "1"}, files=[{"name": "f", "content": "x\r\ny"}, {"name": "g", "content": ""}])
one("params", "GET", "ok", params=[["q", "a b&c"], ["q", "ü"], ["e", ""]])
one("params-join", "GET", "ok?z=1#part", params=[["q", "2"]])
one("params-name", "GET", "ok", params=[["q", "2"]], name="/named")
one("headers", "GET", "ok", headers={"X-One": "1", "X-Empty": "", "user-agent": "me", "Accept": "text/x"})
one("header-bad-value", "GET", "ok", headers={"X": "a\r\nEvil: 1"})
one("header-latin1", "GET", "ok", headers={"X-Name": "Zoë", "X-Odd": "\x80ÿ"})
case("header-latin1-session", call("GET", "/header-latin1-session/ok"), session={"headers": {"X-Name": "Zoë"}})
one("header-beyond-latin1", "GET", "ok", headers={"X-One": "1", "X-Euro": "a€€b€"})
one("header-beyond-latin1-astral", "GET", "ok", headers={"X-Smile": "😀"})
one("header-name-latin1", "GET", "ok", headers={"Xü": "a"})
one("header-name-space", "GET", "ok", headers={"\u2003X": "a"})
one("header-value-space", "GET", "ok", headers={"X": "\u00a0a"})
one("header-bad-name", "GET", "ok", headers={"X:": "a"})
one("header-host", "GET", "ok", headers={"Host": "other.example"})
one("header-order", "POST", "ok", data="x", headers={"B": "1", "accept": "2", "Host": "other.example", "A": "3", "content-length": "7", "C": "4"}, auth=["a", "b"])
one("header-order-json", "POST", "ok", json={"a": 1}, headers={"B": "1", "authorization": "x", "A": "2"}, auth=["a", "b"])
one("header-order-form", "POST", "ok", form={"a": "1"}, headers={"content-type": "text/x", "B": "1"})
one("header-order-files", "PUT", "ok", files=[{"name": "f", "content": "x"}], headers={"B": "1"})
one("header-length", "POST", "ok", headers={"X-One": "1", "Content-Length": "0", "X-Two": "2"})
case("header-order-session", call("POST", "/header-order-session/ok", json={"a": 1}, headers={"x-b": "call"}), session={"headers": {"X-A": "1", "Accept": "text/x", "X-B": "2", "Content-Type": "text/x"}})
case("header-order-cookies", call("GET", "/header-order-cookies/set-cookie?a=jar=1"), call("POST", "/header-order-cookies/ok", data="x", headers={"X-A": "1"}), call("POST", "/header-order-cookies/redirect/307/ok", data="x", auth=["a", "b"]), call("POST", "/header-order-cookies/redirect/302/ok", data="x", auth=["a", "b"]))
one("files-utf8", "POST", "ok", form={"ü€": "ö"}, files=[{"name": "f€", "content": "x", "filename": "Zoë€.txt", "content_type": "text/plain; name=ü"}])
one("own-method-utf8", "GÜT", "ok", more={"as_request": True})
one("own-method-space", "G T", "ok", more={"as_request": True})
case("session-headers", call("GET", "/session-headers/ok", headers={"x-both": "call"}), session={"headers": {"X-Session": "1", "X-Both": "session"}})
one("path-quoting", "GET", "ok/a b/ü/%41%2f/./x/../y?q=a b&ü=%zz#frag ment")
one("path-empty-query", "GET", "ok?")
case("path-absolute", call("GET", "{base}/path-absolute/ok"))
case("path-joined", call("GET", "x/ok"), host="{base}/path-joined")
case("url-bad-scheme", call("GET", "ftp://x/"), host="")
case("url-no-scheme", call("GET", "/x"), host="no.scheme.example")
case("url-bad-port", call("GET", "http://127.0.0.1:99999/x"))
case("url-no-host", call("GET", "http:///x"))
case("context", call("GET", "/context/ok", context={"user": "call", "step": 1}))
case("request-name", call("GET", "/request-name/ok"), call("GET", "/request-name/ok", name="own"), session={"request_name": "session"})

# Who asks

one("auth", "GET", "ok", auth=["user", "p:w ü"])
one("auth-latin1", "GET", "ok", auth=["ü", "ß"])
one("auth-beyond-latin1", "GET", "ok", auth=["ab€", "c"])
case("auth-url-latin1", call("GET", "http://%C3%BC:%C3%A4@{address}/auth-url-latin1/ok"))
case("auth-url-beyond-latin1", call("GET", "http://%E2%82%AC:%FF@{address}/auth-url-beyond-latin1/ok"))
case("auth-session", call("GET", "/auth-session/ok"), call("GET", "/auth-session/ok", auth=["x", "y"]), session={"auth": ["a", "b"]})
case("auth-host", call("GET", "/auth-host/ok"), host="http://us%40er:p%3Aw@{address}")
case("auth-host-half", call("GET", "/auth-host-half/ok"), host="http://user@{address}")
case("auth-url", call("GET", "http://us%40er:pw@{address}/auth-url/ok"))
case("auth-header", call("GET", "/auth-header/ok", headers={"Authorization": "Bearer x"}))
case("cookies", *(call("GET", f"/cookies/{path}") for path in ("set-cookie?a=a=1&b=b=2;Path=/cookies", "ok", "set-cookie?a=a=;Max-Age=0", "ok")))
case("cookies-paths", *(call("GET", f"/cookies-paths/{path}") for path in ("set-cookie?a=a=1;Path=/&b=b=2;Path=/cookies-paths/ok&c=c=3;Path=/other", "ok", "okay")))
case("cookies-domains", *(call("GET", f"/cookies-domains/{path}") for path in ("set-cookie?a=a=1;Domain=example.com&b=b=2;Domain=127.0.0.1&c=c=3;Secure&d=d", "ok")))
case("cookies-expired", *(call("GET", f"/cookies-expired/{path}") for path in ("set-cookie?a=a=1;Expires=Fri, 31 Dec 1999 23:59:59 GMT&b=b=2;Expires=Fri, 31-Dec-2100 23:59:59 GMT&c=c=3;Max-Age=x", "ok")))
case("cookies-host-header", *(call("GET", f"/cookies-host-header/{path}", headers={"Host": "www.Shop.example:81"}) for path in ("set-cookie?a=a=1;Domain=shop.example;Path=/&b=b=2;Path=/&c=c=3;Domain=127.0.0.1", "ok", "redirect/302/ok")), call("GET", "/cookies-host-header/ok"))
case("cookies-latin1", call("GET", "/cookies-latin1/set-cookie?a=a=Zo%EB;Path=/&b=b=%C3%BC;Path=/"), call("GET", "/cookies-latin1/ok"))
case("cookies-call-latin1", call("GET", "/cookies-call-latin1/ok", cookies={"cü": "Zoë"}), call("GET", "/cookies-call-latin1/ok", cookies={"c": "€"}))
case("cookies-session-latin1", call("GET", "/cookies-session-latin1/ok"), session={"cookies": {"mine": "Zoë"}})
case("cookies-call-quotes", call("GET", "/cookies-call-quotes/ok", cookies={"mine": '"a\\"b"'}))
case("cookies-order", call("GET", "/cookies-order/set-cookie?a=a=1;Path=/&b=b=2;Path=/;Domain=.0.0.1&c=c=3;Path=/cookies-order&d=d=4;Path=/&e=e=5;Path=/cookies-order"), call("GET", "/cookies-order/ok"))
for _name, _cookie in {
    "max-age-plus": "a=1;Max-Age=+60",
    "max-age-huge": "a=1;Max-Age=99999999999999999999",
    "max-age-missing": "a=1;Max-Age",
    "max-age-quoted": 'a=1;Max-Age="60"',
    "max-age-twice": "a=1;Max-Age=60;Max-Age=0",
    "path-quoted": 'a=1;Path="/"',
    "path-relative": "a=1;Path=x",
    "path-twice": "a=1;Path=/other;Path=/",
    "date-loose": "a=1;Expires=9-feb-94",
    "date-zone": "a=1;Expires=9 Feb 2094 22:23 CET",
    "date-month": "a=1;Expires=Wed, 09 Fob 2094 22:23:32 GMT",
    "version-1": "a=1;Version=1",
    "version-2": "a=1;Version=2",
    "port": "a=1;Port",
    "port-other": "a=1;Port=1",
    "secure-empty": "a=1;Secure=",
    "quotes": 'a="b\\"c"',
}.items():
    case(f"cookies-{_name}", call("GET", f"/cookies-{_name}/set-cookie?a={quote(_cookie, safe='=;/:,')}&b=b=2"), call("GET", f"/cookies-{_name}/ok"))
case("cookies-call", call("GET", "/cookies-call/set-cookie?a=jar=1"), call("GET", "/cookies-call/ok", cookies={"own": "2"}), call("GET", "/cookies-call/ok"))
case("cookies-session", call("GET", "/cookies-session/ok"), session={"cookies": {"mine": "1"}})
one("cookie-there", "GET", "set-cookie?a=a=1;Path=/", more={"cookie": "a"})
one("cookie-empty", "GET", "set-cookie?a=a=;Path=/", more={"cookie": "a"})
one("cookie-missing", "GET", "set-cookie?a=a=1;Path=/", more={"cookie": "b"})
one("cookie-without-value", "GET", "set-cookie?a=alone", more={"cookie": "alone"})
one("cookie-conflict", "GET", "set-cookie?a=a=1;Path=/&b=a=2;Path=/cookie-conflict", more={"cookie": "a"})
one("header-there", "GET", "ok", more={"header": "content-LENGTH"})
one("header-missing", "GET", "ok", more={"header": "X-Request-Id"})
case("cookies-header", call("GET", "/cookies-header/set-cookie?a=jar=1"), call("GET", "/cookies-header/ok", headers={"Cookie": "own=2"}))
case("cookies-localhost", call("GET", "/cookies-localhost/set-cookie?a=jar=1;Path=/"), call("GET", "/cookies-localhost/ok"), host="http://localhost:{port}")

# What is answered

for _status, _reason in (("201", "Created"), ("299", "Odd"), ("400", "Bad Request"), ("401", "Unauthorized"), ("404", "Not Found"), ("418", "I'm \"a\" teapot"), ("429", "Too Many"), ("499", ""), ("500", "Internal Server Error"), ("503", "Service Unavailable"), ("599", "Edge"), ("600", "Beyond"), ("999", "Far")):
    one(f"status-{_status}", "GET", f"status/{_status}/{_reason}")
one("status-name", "GET", "status/404/Not Found?id=7", name="/item")
for _status in ("204", "304"):
    one(f"no-body-{_status}", "GET", f"no-body/{_status}")
one("status-205", "GET", "status/205/Reset")
one("head-404", "HEAD", "status/404/Not Found")
one("informational-100", "GET", "informational/100")
one("informational-103", "GET", "informational/103")
for _name in ("gzip", "deflate", "raw-deflate", "br", "empty-gzip", "unknown-encoding", "chunked", "trailers", "until-close", "http10", "close-header", "folded-header", "no-reason", "latin1-reason", "drip", "empty", "json", "text"):
    one(_name, "GET", _name)
one("head-gzip", "HEAD", "gzip")
one("no-encoding-asked", "GET", "gzip", headers={"Accept-Encoding": "identity"})
one("large", "GET", "size/3000000")
one("huge-header", "GET", "huge-header/60000")
one("too-huge-header", "GET", "huge-header/70000")
one("headers-90", "GET", "many-headers/90")
one("headers-200", "GET", "many-headers/200")
case("keep-alive", *(call("GET", "/keep-alive/ok") for _ in range(3)))
case("keep-alive-lost", *(call("GET", "/keep-alive-lost/close-after", more={"pause": 0.2}) for _ in range(3)))
case("keep-alive-error", *(call("GET", f"/keep-alive-error/status/{status}/X") for status in (404, 500, 204)))
case("keep-alive-swallowed", call("GET", "/keep-alive-swallowed/ok"), call("GET", "/keep-alive-swallowed/hang-up"), call("POST", "/keep-alive-swallowed/ok"))

# Redirects

for _status in ("300", "301", "302", "303", "304", "307", "308"):
    for _method in ("GET", "POST", "PUT"):
        case(f"redirect-{_status}-{_method}", call(_method, f"/redirect-{_status}-{_method}/redirect/{_status}/ok", **({} if _method == "GET" else {"json": {"a": 1}})))
one("redirect-HEAD", "HEAD", "redirect/302/ok")
one("redirect-HEAD-follow", "HEAD", "redirect/302/ok", allow_redirects=True)
one("redirect-HEAD-request", "HEAD", "redirect/302/ok", more={"as_request": True})
one("redirect-DELETE", "DELETE", "redirect/302/ok", data="x")
one("redirect-not", "GET", "redirect/302/ok", allow_redirects=False)
one("redirect-named", "GET", "redirect/302/status/404/Gone", name="/named")
one("redirect-unnamed-404", "GET", "redirect/302/status/404/Gone")
one("redirect-absolute", "GET", "redirect/301?to={base}/redirect-absolute/ok")
one("redirect-relative", "GET", "redirect/301?to=../ok%3Fx=1")
one("redirect-same-host", "GET", "redirect/301?to=//{address}/redirect-same-host/ok")
one("redirect-fragment", "GET", "redirect/301/ok#part")
one("redirect-spaces", "GET", "redirect/301?to=/redirect-spaces/ok/a b/ü")
one("redirect-nowhere", "GET", "bare-redirect/302")
one("redirect-scheme", "GET", "redirect/302?to=ftp://127.0.0.1/x")
one("redirect-closed", "GET", "redirect/302?to={closed}/gone")
one("redirect-loop", "GET", "loop")
one("redirect-chain-30", "GET", "chain/30")
one("redirect-chain-31", "GET", "chain/31")
case("redirect-max", call("GET", "/redirect-max/chain/3"), call("GET", "/redirect-max/chain/2"), session={"max_redirects": 2})
one("redirect-cookie", "GET", "redirect/302/ok?cookie=a=1;Path=/")
one("redirect-own-cookie", "GET", "redirect/302/ok", cookies={"own": "1"})
one("redirect-auth-kept", "GET", "redirect/302/ok", auth=["a", "b"])
one("redirect-auth-dropped", "GET", "redirect/302?to=http://localhost:{port}/redirect-auth-dropped/ok", auth=["a", "b"])
one("redirect-files", "POST", "redirect/307/ok", files=[{"name": "f", "content": "bytes"}])
for _method in ("PUT", "PATCH", "PURGE", "DELETE", "OPTIONS"):
    one(f"redirect-301-body-{_method}", _method, "redirect/301/ok", data="x", headers={"X-A": "1"}, more={"as_request": True})
one("redirect-to-cut", "GET", "redirect/302/cut")

# Failures

case("closed-port", call("GET", "/x"), host="{closed}")
case("closed-port-named", call("GET", "/x", name="/named", more={"verdict": ""}), host="{closed}")
case("idn", call("GET", "/ä?ö"), host="http://BÜCHER.invalid")
for _name, _host in {"symbol": "☃.invalid", "hyphen": "-ü.invalid", "not-normalized": "bu\u0308cher.invalid", "escaped": "b%C3%BCcher.invalid", "escaped-control": "a%0db", "bad-escape": "ü%zz.invalid", "long-port": "127.0.0.1:123456"}.items():
    case(f"idn-{_name}", call("GET", "/x"), host=f"http://{_host}")
case("no-such-name", call("GET", "/x"), host="http://no-such-host.invalid")
for _name in ("hang-up", "reset", "garbage", "bad-status", "half-head", "cut", "reset-in-body", "bad-chunk", "cut-chunk", "bad-gzip", "cut-gzip", "bad-br"):
    one(_name, "GET", _name)
    one(f"{_name}-post-named", "POST", _name, data="x", name=f"/{_name}")
case("no-connection", call("GET", "/x", timeout=[SHORT, 5]), host="{full}")
one("silent", "GET", "silent", timeout=SHORT)
one("silent-read", "GET", "silent", timeout=[5, SHORT])
one("stalled", "GET", "stall", timeout=SHORT)
one("slow-in-time", "GET", "slow/0.1", timeout=5)
one("timeout-none", "GET", "slow/0.1", timeout=[None, None])
one("timeout-zero", "GET", "ok", timeout=0)
one("drip-in-time", "GET", "drip", timeout=SHORT * 2)
case("after-failure", call("GET", "/after-failure/cut"), call("GET", "/after-failure/ok"))

# Verdicts

one("verdict-success", "GET", "status/500/X", more={"verdict": "success"})
one("verdict-failure", "GET", "ok", more={"verdict": "it's \"wrong\""})
one("verdict-none", "GET", "status/404/Gone", more={"verdict": ""})
one("verdict-raise", "GET", "status/404/Gone", more={"verdict": "raise"})
one("verdict-on-broken", "GET", "cut", more={"verdict": "mine"})
one("rest", "GET", "json", more={"rest": True})
one("rest-post", "POST", "json", more={"rest": True}, json={"a": 1})
one("rest-own-headers", "GET", "json", more={"rest": True}, headers={"accept": "x/y", "Content-Type": "x/z"})
one("rest-assert", "GET", "json", more={"rest": True, "assert": "wrong id"})
one("rest-assert-excerpt", "GET", "json", more={"rest": True, "assert": "wrong id,"})
one("rest-no-json", "GET", "text", more={"rest": True})
for _name in BAD_JSON:
    one(f"rest-bad-json-{_name}", "GET", f"bad_json/{_name}", more={"rest": True})
one("rest-empty", "GET", "empty", more={"rest": True})
one("rest-404", "GET", "status/404/Gone", more={"rest": True})
one("rest-name", "GET", "json", more={"rest": True}, name="/json")
one("rest-timestamp", "GET", "json?a=1", more={"rest_": True})
case("rest-closed", call("GET", "/x", more={"rest": True}), host="{closed}")

# Streams

one("stream", "GET", "lines", more={"read": 10}, stream=True)
one("stream-some", "GET", "lines", more={"read": 2}, stream=True)
one("stream-chunked", "GET", "chunked", more={"read": 10}, stream=True)
one("stream-gzip", "GET", "gzip", more={"read": 10}, stream=True)
one("stream-endless", "GET", "endless", more={"read": 3}, stream=True)
one("stream-404", "GET", "status/404/Gone", more={"read": 3}, stream=True)
one("stream-redirect", "GET", "redirect/302/lines", more={"read": 10}, stream=True)
one("stream-cut", "GET", "cut", more={"read": 10}, stream=True)
one("stream-stalled", "GET", "stall", more={"read": 10}, stream=True, timeout=SHORT)

# TLS and proxies

case("tls-unknown", call("GET", "/tls-unknown/ok"), host="{tls}")
case("tls-trusted", call("GET", "/tls-trusted/ok"), call("GET", "/tls-trusted/ok"), host="{tls}", session={"verify": "{certificate}"})
case("tls-trusted-call", call("GET", "/tls-trusted-call/ok", verify="{certificate}"), call("GET", "/tls-trusted-call/ok"), host="{tls}")
case("tls-unverified", call("GET", "/tls-unverified/ok", verify=False), host="{tls}")
case("tls-unverified-session", call("GET", "/tls-unverified-session/ok"), host="{tls}", session={"verify": False})
case("tls-wrong-name", call("GET", "/x"), host="https://127.0.0.1:{tls_port}", session={"verify": "{certificate}"})
case("tls-plain-server", call("GET", "/x"), host="https://{address}")
case("tls-no-file", call("GET", "/x", verify="{folder}/missing.pem"), host="{tls}")
case("tls-no-cert", call("GET", "/x", cert="{folder}/missing.pem"), host="{tls}", session={"verify": "{certificate}"})
case("tls-cert", call("GET", "/tls-cert/ok", cert=["{certificate}", "{key}"]), host="{tls}", session={"verify": "{certificate}"})
case("tls-by-plain", call("GET", "/x", timeout=5), host="http://localhost:{tls_port}")
case("tls-redirect", call("GET", "/tls-redirect/redirect/302?to={tls}/tls-redirect/ok"), session={"verify": "{certificate}"})
case("proxy", call("GET", "http://somewhere.invalid/proxy/ok"), session={"proxies": {"http": "{base}"}})
case("proxy-idn", call("GET", "http://bücher.invalid/proxy-idn/ok"), session={"proxies": {"http": "{base}"}})
case("proxy-call", call("GET", "http://somewhere.invalid/proxy-call/ok", proxies={"http": "{base}"}))
case("proxy-auth", call("GET", "http://somewhere.invalid/proxy-auth/ok"), session={"proxies": {"http": "http://a:b@{address}"}})
case("proxy-tls", call("GET", "https://localhost/proxy-tls/ok"), call("GET", "https://localhost/proxy-tls/ok"), session={"proxies": {"https": "{base}"}, "verify": "{certificate}"})
case("proxy-tls-stream", call("GET", "https://localhost/proxy-tls-stream/lines", more={"read": 10}, stream=True), session={"proxies": {"https": "{base}"}, "verify": "{certificate}"})
case("proxy-tls-auth", call("GET", "https://members.invalid/proxy-tls-auth/ok"), session={"proxies": {"https": "http://a:b@{address}"}, "verify": False})
case("proxy-tls-no-auth", call("GET", "https://members.invalid/x"), session={"proxies": {"https": "{base}"}, "verify": False})
case("proxy-tls-forbidden", call("GET", "https://forbidden.invalid/x"), session={"proxies": {"https": "{base}"}, "verify": False})
case("proxy-tls-closed", call("GET", "https://localhost/x"), session={"proxies": {"https": "{closed}"}})
case("proxy-closed", call("GET", "/x"), session={"proxies": {"http": "{closed}"}})
case("proxy-other-scheme", call("GET", "/proxy-other-scheme/ok"), session={"proxies": {"https": "{closed}"}})
