#!/usr/bin/env python3
"""Checks the tree against the rules of docs/ARCHITECTURE.md; prints one line per violation.

usage: check.py [ROOT]
"""

import re
import sys
from pathlib import Path

# Which rooms a room may include; the only directions allowed. A room in a room knows the one around
# it, which in turn knows of it no more than the doors below.
ARROWS = {
    "base": set(),
    "text": {"base"},
    "value": {"base", "text"},
    "coro": {"base"},
    "net": {"base", "coro", "text"},
    "stats": {"base", "text"},
    "failures": {"base", "stats", "text"},
    "user": {"base", "coro", "failures", "net", "stats", "text", "value"},
    "user/life": {"base", "coro", "stats", "text", "user", "value"},
    "user/tools": {"base", "coro", "net", "text", "user", "value"},
    "http": {
        "base", "coro", "failures", "http/url", "net", "stats", "text", "user", "user/life", "value"
    },
    "http/url": {"base", "text"},
    "http/curl": {"base", "coro", "http", "http/url", "net", "stats", "text", "user", "value"},
    "http/fast": {
        "base", "coro", "failures", "http", "http/own", "http/url", "net", "text", "user", "value"
    },
    "http/own": {"base", "coro", "http", "http/url", "net", "stats", "user"},
    "http/requests": {
        "base", "coro", "failures", "http", "http/curl", "http/own", "http/url", "net", "text", "user"
    },
    "websocket": {
        "base", "coro", "http", "http/fast", "http/url", "net", "text", "user", "user/life", "value"
    },
    "http2": {"base", "coro", "net"},
    "grpc": {"base", "coro", "http2", "net", "text", "user", "user/life", "value"},
    "protobuf": set(),
    "mqtt": {"base", "coro", "failures", "net", "text", "user", "user/life", "value", "websocket"},
    "protocol": {"base", "stats", "text", "value"},
    "transport": {"base", "net", "protocol"},
    "runner": {"base", "protocol", "stats", "text", "value"},
    "report": {"base", "failures", "stats", "text", "value"},
    "runfile": {"base", "failures", "protocol", "stats", "value"},
    "loader": {"base", "text", "user", "value"},
}
ARROWS["app"] = set(ARROWS) - {"protobuf"}  # a library of its own

# Headers through which a room makes what the rooms in it have to offer.
DOORS = {
    "http": {"http/fast/fast_client.hpp", "http/requests/requests_client.hpp"},
}

# The rooms that know a third-party library, by the beginning of its headers' names.
THIRD_PARTY = {
    "boost/context/": {"coro"},
    "boost/math/": {"report"},
    "curl/": {"http/curl"},
    "google/protobuf/": {"protobuf"},
    "idn2": {"http/url"},
    "openssl/": {"http", "http/curl", "http/own", "net", "stats", "user/tools", "websocket"},
    "pcre2": {"user/tools"},
    "msgpack": {"protocol"},
    "nghttp2/": {"http2"},
    "nlohmann/": set(),  # JSON is read and written by src/value alone
    "brotli/": {"http"},
    "zlib": {"grpc", "http", "runfile", "websocket"},
    "zmq": {"app", "transport"},  # app writes what its errors mean
    "CLI/": {"app"},
    "toml++/": {"app"},
}

GENERATED_HEADERS = {"build_info.hpp"}
CPP_FOLDERS = ("include", "src", "tests", "examples")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TABLE_ROW = re.compile(r"^\| `src/([a-z0-9/]+)/` \|.*\| ([^|]+) \|$", re.M)
STANDARD_HEADER = re.compile(r"^[a-z_0-9]+$")


def includes(path):
    """Yields (line number, '<' or '"', header name)."""
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def cpp_files(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in {".hpp", ".cpp"})


def room_of(name):
    """The room of a file, by its path from src/; a room in a room is one of its own."""
    parts = Path(name).parent.parts
    inner = "/".join(parts[:2])
    return inner if inner in ARROWS else parts[0]


def check_public_header(root, path):
    """A public header needs public and standard headers only."""
    for number, kind, name in includes(path):
        where = f"{path.relative_to(root)}:{number}"
        if kind == '"':
            yield f'{where}: public headers include with <cppworker/...>, not "{name}"'
        elif not name.startswith("cppworker/") and not STANDARD_HEADER.match(name):
            yield f"{where}: <{name}> is neither public nor of the standard library"


def check_room_file(root, path):
    """A room includes public headers, its own, those of rooms it may know, and its libraries."""
    room = room_of(path.relative_to(root / "src"))
    for number, kind, name in includes(path):
        where = f"{path.relative_to(root)}:{number}"
        if kind == "<":
            for prefix, rooms in THIRD_PARTY.items():
                if name.startswith(prefix) and room not in rooms:
                    yield f"{where}: {room} must not know <{name}>"
        elif name in GENERATED_HEADERS:
            continue
        elif not (root / "src" / name).is_file():
            yield f'{where}: no file src/{name}; rooms are included as "room/file.hpp"'
        elif (other := room_of(name)) == room or name in DOORS.get(room, ()):
            continue
        elif other not in ARROWS[room]:
            yield f"{where}: forbidden arrow {room} -> {other}"


def check_listed(root, path, listing):
    """A file that the build does not name is dead."""
    name = path.relative_to(listing.parent).as_posix()
    if not listing.is_file() or not re.search(
        rf"(^|\s|\(){re.escape(name)}($|\s|\))", listing.read_text(), re.M
    ):
        yield f"{path.relative_to(root)}: not listed in {listing.relative_to(root)}"


def check_text(root, path):
    text = path.read_text()
    if path.suffix == ".hpp" and "#pragma once" not in text:
        yield f"{path.relative_to(root)}: no #pragma once"


def check_table(root):
    """The table of rooms in docs/ARCHITECTURE.md is that of ARROWS, row by row."""
    document = root / "docs" / "ARCHITECTURE.md"
    rows = dict(TABLE_ROW.findall(document.read_text()))
    for room, arrows in ARROWS.items():
        expected = ", ".join(sorted(arrows)) or "nothing"
        if room == "app":
            expected = "all rooms"
        found = rows.pop(room, "no row")
        if found != expected:
            yield f"docs/ARCHITECTURE.md: {room} may include {expected}, the table has {found}"
    for room in rows:
        yield f"docs/ARCHITECTURE.md: the table has an unknown room, {room}"


def violations(root):
    yield from check_table(root)
    for path in cpp_files(root / "include"):
        yield from check_public_header(root, path)
        yield from check_listed(root, path, root / "include" / "CMakeLists.txt")
    for room in sorted(path for path in (root / "src").iterdir() if path.is_dir()):
        if room.name not in ARROWS:
            yield f"src/{room.name}: unknown room"
            continue
        for inner in sorted({path.parent for path in cpp_files(room)} - {room}):
            if inner.relative_to(root / "src").as_posix() not in ARROWS:
                yield f"{inner.relative_to(root)}: unknown room"
        for path in cpp_files(room):
            yield from check_room_file(root, path)
            if path.suffix == ".cpp" and path.name != "main.cpp":
                yield from check_listed(root, path, room / "CMakeLists.txt")
    for folder in CPP_FOLDERS:
        for path in cpp_files(root / folder):
            yield from check_text(root, path)


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(violations(root))
    print("\n".join(found) or "no violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
