"""GrpcDynamic against a grpcio server with server reflection: the definitions from each source, Values compared with
the JSON of Python's protobuf, and what the errors say."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from support.processes import Process
from support.settings import LOCUSTFILES, LOOPBACK, VENV
from support.standalone import csv_rows
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "grpc_dynamic.cpp"
SUPPORT = Path(__file__).parent / "support"
PROTOS = SUPPORT / "protos"
SHOP = PROTOS / "shop" / "shop.proto"


@pytest.fixture(scope="module")
def protoset(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("protoset") / "shop.protoset"
    subprocess.run(["protoc", f"-I{PROTOS}", "--include_imports", f"--descriptor_set_out={file}", SHOP], check=True)
    return file


@pytest.fixture(scope="module")
def port(protoset):
    process = Process("shop server", [VENV / "bin" / "python", SUPPORT / "grpc_dynamic_server.py", protoset])
    yield int(process.expect(r"^\d+$")[0])
    process.stop()


class Run:
    """A run of the locustfile, until its end or the line `until`."""

    def __init__(
        self, folder: Path, port: int, tag: str, source: object = "reflection", *, users: int = 1, request=None,
        until: str = "", **settings,
    ):  # fmt: skip
        compile_once(LOCUSTFILE)
        process = run_binary(
            *("-f", LOCUSTFILE, "--headless", "--threads=2", "-u", users, "-r", 1000, "-i", users, "--csv", folder / "run"),
            *("--host", f"grpc://{LOOPBACK}:{port}", "--tags", tag),
            env={"SOURCE": str(source), "FOLDER": str(PROTOS), "REQUEST": json.dumps(request or {}), **settings},
        )
        try:
            if until:
                process.expect(re.escape(until))
            else:
                process.wait()
        finally:
            process.stop()
        self.output = process.output
        self.counts = {tuple(row[:2]): (int(row[2]), int(row[3])) for row in csv_rows(folder / "run_stats.csv")[1:-1]}
        self.failures = [row[2] for row in csv_rows(folder / "run_failures.csv")[1:]]

    def logged(self, word: str) -> list[str]:
        return re.findall(rf": {word} (.*)$", self.output, re.M)


def sources(protoset: Path) -> dict[str, object]:
    return {"proto": SHOP, "protoset": protoset, "reflection": "reflection"}


@pytest.mark.parametrize("source", ["proto", "protoset", "reflection"])
def test_definitions_from_each_source(tmp_path, port, protoset, source):
    run = Run(tmp_path, port, "list_methods", sources(protoset)[source])
    assert run.logged("method") == [f"shop.Shop/{name}" for name in ("Echo", "Describe", "Sum", "Repeat", "Chat")], run.output
    expected = {("grpc-stream", "reflection"): (2, 0)} if source == "reflection" else {}  # v1, then v1alpha
    assert run.counts == expected


def test_the_first_user_of_each_thread_asks_the_server(tmp_path, port):
    run = Run(tmp_path, port, "judged", users=50)
    assert run.counts == {("grpc", "judged"): (50, 50), ("grpc-stream", "reflection"): (4, 0)}, run.output
    assert run.failures == ["CatchResponseError('got x')"]


REQUEST = {
    "int32_field": -7,
    "int64_field": "-9223372036854775808",
    "uint32_field": 4294967295,
    "uint64_field": 18446744073709551615,
    "sint32_field": 1e3,
    "fixed64_field": "12",
    "float_field": 0.1,
    "double_field": 0.1,
    "bool_field": True,
    "string_field": "für\n☺",
    "bytes_field": "/+8=",
    "size": "LARGE",
    "price": {"currency": "EUR", "units": 5},
    "numbers": [1, 2, -3],
    "prices": [{"units": 1}, {"units": 2}],
    "counts": {"a": 1, "b": 2},
    "by_number": {"-1": {"units": 7}},
    "text": "chosen",
    "maybe": 0,
    "inner": {"int32Field": 3, "size": 2, "boolField": None},
    "when": "2026-11-30T12:00:00.250Z",
    "how_long": "1.500s",
    "json": {"a": [1, "x", None, {"b": True}], "n": 1.5},
    "wrapped": 42,
    "mask": "intField,price.units",
    "any": {"@type": "type.googleapis.com/shop.Money", "currency": "USD"},
    "by_bool": {"true": "SMALL"},
}


def test_requests_are_what_pythons_protobuf_understands(tmp_path, port):
    run = Run(tmp_path, port, "describe", request=REQUEST)
    (described,) = run.logged("described")
    received = json.loads(described)
    expected = REQUEST | {
        "sint32_field": 1000,
        "int64_field": "-9223372036854775808",
        "uint64_field": "18446744073709551615",
        "price": {"currency": "EUR", "units": "5"},
        "prices": [{"units": "1"}, {"units": "2"}],
        "by_number": {"-1": {"units": "7"}},
        "inner": {"int32_field": 3, "size": "LARGE"},
        "wrapped": "42",
        "when": "2026-11-30T12:00:00.250Z",
    }
    assert received == expected


def test_replies_have_all_fields(tmp_path, port):
    run = Run(tmp_path, port, "echo", request={key: value for key, value in REQUEST.items() if key != "bytes_field"})
    assert run.logged("echoed"), run.output
    (echoed,) = run.logged("echoed")
    reply = json.loads(echoed)
    inner = reply.pop("inner")
    money = {"currency": "", "units": 0}
    assert reply == {key: value for key, value in REQUEST.items() if key != "inner"} | {
        "sint32_field": 1000,
        "int64_field": -9223372036854775808,
        "fixed64_field": 12,
        "bytes_field": "",
        "prices": [money | {"units": 1}, money | {"units": 2}],
        "by_number": {"-1": money | {"units": 7}},
        "any": REQUEST["any"] | {"units": 0},
    }
    # What is not set has its default value, unless "not set" is a state of its own.
    assert inner["int32_field"] == 3 and inner["numbers"] == [] and inner["counts"] == {} and inner["string_field"] == ""
    assert not {"maybe", "price", "text", "money", "inner", "when", "wrapped"} & inner.keys()


def test_streams(tmp_path, port):
    run = Run(tmp_path, port, "streams")
    assert run.counts == {
        ("grpc-stream", "/shop.Shop/Sum"): (1, 0),
        ("grpc-stream", "/shop.Shop/Repeat"): (1, 0),
        ("grpc-msg", "/shop.Shop/Repeat"): (3, 0),
        ("grpc-stream", "reflection"): (2, 0),
    }, run.output


WRONG = {
    "field": ({"nam": 1}, "the message shop.Everything has no field 'nam'; it has: int32_field, int64_field, "),
    "type": ({"string_field": 5}, "field shop.Everything.string_field takes a string, not an int (5)"),
    "range": ({"uint32_field": -1}, "field shop.Everything.uint32_field takes an integer (uint32), not an int (-1)"),
    "enum": ({"size": "HUGE"}, "shop.Size has no value 'HUGE'; it has: UNKNOWN, SMALL, LARGE"),
    "message": ({"price": 5}, "field shop.Everything.price takes a map (shop.Money), not an int (5)"),
    "list": ({"numbers": 5}, "field shop.Everything.numbers takes a list, not an int (5)"),
    "oneof": ({"text": "a", "money": {}}, "only one field of the oneof shop.Everything.choice can be set; remove money"),
    "time": ({"when": "now"}, "a google.protobuf.Timestamp takes a text like 2026-11-30T12:00:00Z, not a text ('now')"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_errors_of_a_request_name_the_field(tmp_path, port, kind):
    request, text = WRONG[kind]
    run = Run(tmp_path, port, "echo", SHOP, request=request)
    assert text in run.output


def test_errors_of_the_definitions_say_what_to_do(tmp_path, port):
    def fails(source: object, until: str, **settings) -> None:
        # The user ends in on_start, so that it makes no iteration.
        Run(tmp_path, port, "echo", source, until=until, **settings)

    fails(tmp_path / "none.proto", f"could not read '{tmp_path}/none.proto'")
    fails(SHOP, "The file shop/money.proto was not found. Pass the folder in which the path of the import begins", FOLDER=str(tmp_path))
    broken = tmp_path / "broken.proto"
    broken.write_text('syntax = "proto3";\nmessage A {\n  strin name = 1;\n}\n')
    fails(broken, 'broken.proto:3:3: "strin" is not defined.')
    text = tmp_path / "text.protoset"
    text.write_text("no")
    fails(text, "text.protoset is not a protoset. Make one with `protoc --include_imports")
    other = tmp_path / "other.proto"
    other.write_text('syntax = "proto3";\npackage other;\nmessage A {}\nservice S { rpc M(A) returns (A) {} }\n')
    fails(other, "there is no method 'shop.Shop/Echo'; the methods are: other.S/M")


def test_a_server_without_reflection(ended, tmp_path, protoset):
    process = ended(
        Process("shop server", [VENV / "bin" / "python", SUPPORT / "grpc_dynamic_server.py", protoset, "--no-reflection"])
    )
    text = "the server has no reflection service (UNIMPLEMENTED). Enable it in the server, or use"
    Run(tmp_path, int(process.expect(r"^\d+$")[0]), "echo", until=text)
