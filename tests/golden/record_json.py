#!/usr/bin/env python3
"""Records tests/golden/json_texts.json: what Python's json module makes of texts, good and bad.

Run with CPython 3.11 (the texts are seeded, so that a second run writes the same file):
    python3.11 tests/golden/record_json.py
Each case is [text, result]: json.dumps(json.loads(text)), or "!" and the message of the
JSONDecodeError. In "bytes" the text is in hexadecimal and was decoded with errors="replace", as
requests and Locust's FastHttpUser decode an answer. Two values of Python have no equal in a Value
and are recorded as what parse_json() makes of them: half of a surrogate pair is U+FFFD, an int
beyond 64 bits is the nearest float.
"""
import json
import pathlib
import random

TEXTS = [
    # numbers
    "0", "-0", "7", "-7", "0.0", "-0.0", "1.5", "-1e3", "1E+2", "1e-2", "1e5", "0e0", "0.1",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "123456789012345678901234567890", "-" + "9" * 400,
    "9007199254740993", "9007199254740993.0", "1e400", "-1e400", "1e-400", "-1e-400", "5e-324",
    "2.4703282292062327e-324", "1e99999999999999999999", "1e-99999999999999999999", "0e99999999999999999999",
    "1.7976931348623157e308", "1.7976931348623159e308", "2.2250738585072014e-308", "4.9e-324",
    "0." + "0" * 400 + "1e401", "1" + "0" * 400 + "e-400", "0.1e1", "1e16", "1e15", "123456789012345678.0",
    "0.0001", "0.00001", "1e22", "1e23", "NaN", "Infinity", "-Infinity", "[NaN, -Infinity]",
    "01", "-01", "1.", "1.e5", ".5", "-.5", "+1", "-", "--1", "1e", "1e+", "1E-", "0x10", "1_000", "-I", "-Inf",
    "1.5.5", "١", "1,", "-NaN", "1e5e5", "[1.]", "[-]", "[01]", "[1e]",
    # constants
    "null", "true", "false", "nul", "nulll", "True", "None", "N", "Na", "nan", "NaNa", "I", "Infinit", "infinity",
    "t", "tru", "f", "undefined",
    # strings
    '""', '"a"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\u0041"', '"\\u00fc\\u00FC"', '"\\u20ac"', '"\\ud83d\\ude00"',
    '"\\uD83D\\uDE00x"', '"\\u0000"', '"\\u007f\x7f"', '"ü€😀"', '"\u2028"',
    '"\\ud83d"', '"\\ude00"', '"\\ud83dx"', '"\\ud83d\\n"', '"\\ud83d\\u0041"', '"\\ud83d\\ud83d\\ude00"',
    '"\\ude00\\ud83d"', '"\\ud83d\\uzzzz"', '"\\ud83d\\u12"', '"\\ud83d\\u"', '"\\ud83d\\', '"\\ud83d\\u12',
    '"', '"a', '"a\\', '"\\"', '"\\x41"', '"\\', '"\\u', '"\\u"', '"\\u1', '"\\u12"', '"\\u123"', '"\\u1234',
    '"\\u12g4"', '"\\u 123"', '"\\u+123"', '"\\u-123"', '"\\u0x12"', '"\\u12é"', '"\\u12é4"', '"\\u12é45"',
    '"\\U0041"', '"a\tb"', '"a\nb"', '"a\x00b"', '"a\x1fb"', "'a'", '"é\nb"', '["é", "a\rb"]', '"a" "b"',
    # lists
    "[]", "[ ]", "[1]", "[1,2]", "[ 1 , 2 ]", "[[]]", "[[],{}]", "[", "[ ", "[1", "[1 ", "[1,", "[1, ", "[1,]",
    "[,]", "[,1]", "[1 2]", "[1,,2]", "[1}", "]", "[1]]", "[[1]", "[1] x", "[1]x", '[1, "a', "[\n1,\n2\n,x]",
    "[tru]", "[1:2]", "[1;2]",
    # maps
    "{}", "{ }", '{"a":1}', '{ "a" : 1 , "b" : 2 }', '{"b":1,"a":2}', '{"a":1,"a":2}', '{"a":1,"b":2,"a":3}',
    '{"a":{"a":1},"b":1,"b":2,"b":3,"a":4,"c":5}', '{"":0}', '{"\\u0061":1,"a":2}', '{"\\ud800":1,"\\udc00":2}',
    "{", "{ ", '{"', '{"a', '{"a"', '{"a" ', '{"a":', '{"a": ', '{"a":1', '{"a":1 ', '{"a":1,', '{"a":1, ',
    '{"a":1,}', '{"a":1 , }', "{,}", '{"a"}', '{"a",1}', '{"a" 1}', '{"a":}', '{"a":,}', '{"a":1 "b":2}',
    '{"a":1;"b":2}', "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", '{"a":1]', '{"a":1}}', "}", '{"a"::1}',
    '{"a":1,,"b":2}', '{"é":1,"ü" 2}', '{\n  "é": 1,\n  "b": x\n}', '{"a":1}\n{"a":2}\n',
    # around it
    "", " ", "\n", " \t\r\n", " 7 ", "\n7\n", "\ufeff", "\ufeff{}", " \ufeff{}", "{}\ufeff", "\x0b1", "\x0c1", "\xa01", "1\x00",
    "1 2", "/* */ 1", "1 // x", "<html>\n<body>no JSON</body></html>", "Ü", "[\r\n1\r\nx]", "[\u2028]", "\x00", "(1)",
]

BYTES = [
    b'"\xff"', b'"a\xc3"', b'"\xe2\x82"', b'"\xed\xa0\x80"', b'"\xf0\x9f\x98\x80"', b'"\xc0\xaf"', b'"\xf0\x9f\x98\\n"',
    b"\xff", b"[\xff]", b'{"\xff": 1, "\xfe": 2}', b'"\xff\xfe\n"', b'\xc3 "x', b"\xfe\xff\x00[\x00]", b"[\x00]\x00",
    b'"\x80\x80" x', b'"caf\xe9"',
]


def of_value(value):
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    if isinstance(value, list):
        return [of_value(item) for item in value]
    if isinstance(value, dict):
        return dict((of_value(key), of_value(item)) for key, item in value.items())
    return value


def result(text):
    try:
        return json.dumps(of_value(json.loads(text)))
    except json.JSONDecodeError as error:
        return f"!{error}"


def random_string(rng):
    kinds = ((0x20, 0x7F), (0x00, 0x20), (0x80, 0x800), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000))
    return "".join(chr(rng.randrange(*rng.choice(kinds))) for _ in range(rng.randrange(8)))


def random_number(rng):
    return rng.choice((
        rng.randrange(-1000, 1000), rng.randrange(-1 << 63, 1 << 64), rng.uniform(-1, 1), rng.uniform(-1e6, 1e6),
        rng.choice((-1, 1)) * rng.random() * 10 ** rng.randrange(-323, 308), round(rng.uniform(0, 1000), 2),
        rng.getrandbits(80)))


def random_value(rng, depth=0):
    kind = rng.randrange(9 if depth < 5 else 5)
    if kind < 2:
        return random_number(rng)
    if kind < 4:
        return random_string(rng)
    if kind == 4:
        return rng.choice((None, True, False))
    items = [random_value(rng, depth + 1) for _ in range(rng.randrange(6))]
    return items if kind < 7 else {random_string(rng): item for item in items}


def random_texts(rng):
    for _ in range(250):
        value = random_value(rng)
        yield json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, None, 1, "\t\r\n ")))
    for _ in range(400):  # one character less, more or other
        text = json.dumps(random_value(rng), ensure_ascii=rng.random() < 0.5)
        at = rng.randrange(len(text) + 1)
        new = rng.choice(("", rng.choice('{}[]:,"\\u0123-.eEntf \n\té')))
        yield text[:at] + new + text[at + rng.randrange(2):]


def main():
    rng = random.Random(4627)
    sections = {
        "texts": [[text, result(text)] for text in TEXTS],
        "random": [[text, result(text)] for text in random_texts(rng)],
        "bytes": [[raw.hex(), result(raw.decode(errors="replace"))] for raw in BYTES],
    }
    parts = []
    for name, cases in sections.items():  # a case per line: readable differences
        lines = ",\n".join(" " + json.dumps(case) for case in cases)
        parts.append(f"{json.dumps(name)}: [\n{lines}\n]")
    pathlib.Path(__file__).with_name("json_texts.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()
