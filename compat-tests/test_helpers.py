"""The helpers of locustfiles (encodings, hashes, dates, regular expressions, env) give Python's results."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import subprocess
from datetime import datetime, timezone
from urllib.parse import quote, quote_plus, unquote, urlencode

import pytest

from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES
from support.workers import CACHE, SELF_CHECK, compile_once

pytestmark = pytest.mark.skipif(SELF_CHECK, reason="compares the two by itself")

LOCUSTFILE = LOCUSTFILES / "helpers.cpp"

TEXTS = ["", "a", "ab", "abc", "x y&z=1/ü?", "~_.-!*'()", "日本 %41", "%", "a+b", "\n\t\x00\x7f", "é" * 50]
QUOTED = [*TEXTS, "%41%zz%4", "%C3%A9", "%C3", "a%C3é%A9b", "%E2%82", "%F0%9F%98%80", "+", "%2541", "%ff%FE", "100%"]
BASE64 = ["", "YQ==", "YWI=", "YWJj", "YWJjZA==", "-_-_", "+/+/"]
WRONG_BASE64 = ["YQ", "YWI", "Y", "Y!==", "YQ==YQ==", "ü===", "=", "Y=Q="]

PAGE = """<html><head><title>Café – Größe</title>
<input type="hidden" name="csrfmiddlewaretoken" value="tok-en_123">
<input name="__VIEWSTATE" id="v" value="/wEPDwU=">
<a href="/item/17">one</a> <a href="/item/4711" class="x">two</a><A HREF='/other'>three</A>
<script>var config = {"id": 42, "user": {"name": "ann"}, "price": "12.50"};</script>
Order no. 2024-0017 of 2024-05-06T07:08:09Z, id 123e4567-e89b-12d3-a456-426614174000
price: 1,234.50 EUR;  aaa   bb
</html>"""

PATTERNS = [
    (r'name="csrfmiddlewaretoken" value="([^"]+)"', 1),
    (r"name=['\"]csrfmiddlewaretoken['\"] value=['\"](.+?)['\"]", 1),
    (r'id="v" value="(.*)"', 1),
    (r"<title>(?P<title>.*?)</title>", "title"),
    (r'href="/item/(\d+)"', 1),
    (r"""href=["']([^"']*)["']""", 1),
    (r"(?i)href='([^']*)'", 1),
    (r"(?s)<head>(.*)</a>", 1),
    (r"<script>var config = (\{.*\});</script>", 1),
    (r'"id":\s*(\d+)', 1),
    (r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", 0),
    (r"(\d{4})-(\d\d)-(\d\d)T", 2),
    (r"(?m)^price: ([\d,.]+) (\w+);", 2),
    (r"(?m)bb$", 0),
    (r"\bGröße\b", 0),
    (r"Caf\w – \w+", 0),
    (r"\u00e9", 0),
    (r"(?<=no\. )\S+", 0),
    (r"Order(?! no\. 2023)", 0),
    (r"(a)\1\1", 0),
    (r"(?P<c>b)(?P=c)", 0),
    (r"(?x) price : \s+ (\S+)  # a comment", 1),
    (r"</html>\Z", 0),
    (r"</html>$", 0),
    (r"\A<html>", 0),
    (r"a{,2}b{2}", 0),
    (r"\s{2,}(b+)", 1),
    (r"[]x[]+", 0),
    (r"[^]x]+", 0),
    (r"[\]\-\w]+", 0),
    (r"(one|two|(three))", 0),
    (r"(one)|(two)", 2),
    (r"not there", 0),
    (r"(x)?<html>", 1),
    (r"", 0),
    (r"é|ö", 0),
    (r"[à-ü]+", 0),
    (r"\D+", 0),
    (r"\W\w\W", 0),
]
FINDALL = [
    r'href="([^"]+)"',
    r"\d+",
    r"x*",
    r"\b",
    r"a|",
    r"(?m)^",
    r"(?m)$",
    r"<a [^>]*>",
    r"(?i)<a href=.(.*?).[ >]",
    r"(?:a)?b*",
    r"ö",
    r"\w+",
    r"(x)?a",
    r"nothing",
]
WRONG_PATTERNS = ["(", "(\\d+", "a)", "[a", "*a", "a{2,1}", "(?P<n>a)(?P<n>b)", "(?P=x)", "(?<=a+)b", "\\1"]

TIMES = [0, 1.5, 1700000000, 1700000000.123456, 1709251199.9999999, -1.25, 253402300799]
FORMATS = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.%f", "%d/%b/%y %I:%M %p", "%A %B %j %U %w", "%% %Z %z", "", "ü%Yé", "%a, %d %b %Y %T GMT"]


def python(function: str, arguments: list):
    def group(found, which):
        return found.group(which) if found else None

    first = arguments[0]
    data = first.encode() if isinstance(first, str) else b""
    functions = {
        "quote": lambda: quote(first, safe=arguments[1]),
        "quote_plus": lambda: quote_plus(first),
        "unquote": lambda: unquote(first),
        "urlencode": lambda: urlencode([(name, value) for name, value in first if value is not None], doseq=True),
        "b64encode": lambda: base64.b64encode(data).decode(),
        "b64decode": lambda: base64.b64decode(first, validate=True).hex(),
        "urlsafe_b64encode": lambda: base64.urlsafe_b64encode(data).decode(),
        "urlsafe_b64decode": lambda: base64.urlsafe_b64decode(first).hex(),
        "sha256": lambda: hashlib.sha256(data).hexdigest(),
        "sha1": lambda: hashlib.sha1(data).hexdigest(),
        "md5": lambda: hashlib.md5(data).hexdigest(),
        "hmac_sha256": lambda: hmac.digest(data, arguments[1].encode(), "sha256").hex(),
        "hmac_sha1": lambda: hmac.digest(data, arguments[1].encode(), "sha1").hex(),
        "strftime": lambda: datetime.fromtimestamp(first, timezone.utc).strftime(arguments[1]),
        "search": lambda: group(re.search(arguments[1], first), arguments[2]),
        "findall": lambda: re.findall(arguments[1], first),
        "str": lambda: str(first),
    }
    try:
        return functions[function]()
    except Exception as error:  # noqa: BLE001: each kind of error is compared as an error
        return {"error": str(error)}


CASES = [
    *(["quote", [text, safe]] for text in QUOTED for safe in ("/", "", "/ü+ ")),
    *(["quote_plus", [text]] for text in TEXTS),
    *(["unquote", [text]] for text in QUOTED),
    ["urlencode", [[["q", "x y&ü"], ["n", 7], ["f", 0.5], ["b", True], ["no", None], ["l", [1, "b"]], ["e", ""]]]],
    *(["b64encode", [text]] for text in TEXTS),
    *(["urlsafe_b64encode", [text]] for text in TEXTS),
    *(["b64decode", [text]] for text in [*BASE64[:-2], "+/+/", *WRONG_BASE64]),
    *(["urlsafe_b64decode", [text]] for text in BASE64[:-1]),
    *([function, [text]] for function in ("sha256", "sha1", "md5") for text in TEXTS),
    *([function, [key, text]] for function in ("hmac_sha256", "hmac_sha1") for key in ("", "k", "k" * 100) for text in TEXTS),
    *(["strftime", [time, form]] for time in TIMES for form in FORMATS),
    *(["search", [PAGE, pattern, group]] for pattern, group in PATTERNS),
    *(["search", ["x\n", pattern, 0]] for pattern in (r"x$", r"x\Z", r"x.", r"(?s)x.")),
    *(["search", ["abc", pattern, 0]] for pattern in WRONG_PATTERNS),
    *(["search", ["abc", "(a)", group]] for group in (2, "name")),
    *(["findall", [text, pattern]] for pattern in FINDALL for text in (PAGE, "", "axb", "aab ab")),
    *(["str", [value]] for value in (True, None, 7, 0.1, 1e16, 1e-5, 2.0, "ü", 10**18)),
]


def run(*arguments, **environment):
    compile_once(LOCUSTFILE)
    return subprocess.run(
        [BINARY, "-f", LOCUSTFILE, *arguments],
        env={"CPPWORKER_CACHE_DIR": str(CACHE), "PATH": "/usr/bin:/bin", "HOME": "/", **environment},
        capture_output=True,
        text=True,
        timeout=COMPILE_PATIENCE,
    )


def test_the_results_are_those_of_python(tmp_path):
    (tmp_path / "cases.json").write_text(json.dumps(CASES))
    done = run("--debug-user", "HelpersUser", "--iterations", "1", CASES=str(tmp_path / "cases.json"))
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULTS ")), None)
    assert line, done.stdout + done.stderr
    results = json.loads(line.removeprefix("RESULTS "))
    assert len(results) == len(CASES)
    for case, result in zip(CASES, results):
        expected = python(*case)
        if expected is None or isinstance(expected, dict):
            assert isinstance(result, dict) and len(result["error"]) > 10, (case, result, expected)
        else:
            assert result == expected, case
    # search() throws where Python's .group() would be None; an invalid pattern is named with its position.
    errors = [result["error"] for result in results if isinstance(result, dict)]
    assert any(error.startswith('no match of the regular expression "not there"') for error in errors)
    assert any('"(\\d+" is invalid at position 4: ' in error for error in errors)
    for level, text in (("INFO", "a line"), ("WARNING", "a warning"), ("ERROR", "an error")):
        assert f"/{level}/cpp-worker: {text} of the author" in done.stderr
    assert "not logged" not in done.stderr


def test_class_attributes_come_from_the_environment():
    done = run("--print-locustfile")
    assert "    weight = 1.5\n" in done.stdout, done.stderr
    assert '    host = "http://127.0.0.1:1"\n' in done.stdout
    assert "    wait_time = between(0.5, 2)\n" in done.stdout
    assert "fixed_count =" not in done.stdout
    done = run("--print-locustfile", HELPERS_HOST="http://shop", HELPERS_WEIGHT="4", HELPERS_COUNT="3", HELPERS_MIN_WAIT="1")
    assert "    weight = 4\n    fixed_count = 3\n" in done.stdout, done.stderr
    assert '    host = "http://shop"\n    wait_time = between(1, 2)\n' in done.stdout


@pytest.mark.parametrize(
    ("environment", "text"),
    [
        ({"HELPERS_WEIGHT": "three"}, 'or class attribute of the locustfile threw Error: The environment variable HELPERS_WEIGHT is "three", which is not a number'),
        ({"HELPERS_COUNT": "1.5"}, 'HELPERS_COUNT is "1.5", which is not an integer from -2147483648 to 2147483647'),
        ({"HELPERS_WEIGHT": "-1"}, "User class HelpersUser: weight is -1"),
        ({"HELPERS_MIN_WAIT": "9"}, "between(): needs 0 <= min_wait <= max_wait"),
    ],
)
def test_a_wrong_class_attribute_ends_the_start_with_its_text(environment, text):
    done = run("--list", **environment)
    assert done.returncode == 1, done.stderr
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1
