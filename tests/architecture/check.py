#!/usr/bin/env python3
"""Checks the tree against the rules of docs/ARCHITECTURE.md; prints one line per violation.

usage: check.py [ROOT]
"""

import re
import sys
from pathlib import Path

# Which rooms a room may include; the only directions allowed.
ARROWS = {
    "base": set(),
    "text": {"base"},
    "coro": {"base"},
    "net": {"base", "coro"},
    "stats": {"base", "text"},
    "value": {"base", "text"},
    "user": {"base", "coro", "net", "stats", "value", "text"},
    "http": {"base", "coro", "net", "user", "value", "text"},
    "protocol": {"base", "value", "stats", "text"},
    "transport": {"base", "net", "protocol"},
    "runner": {"base", "protocol", "stats", "value", "text"},
    "loader": {"base", "user", "value"},
}
ARROWS["app"] = set(ARROWS)

# The rooms that know a third-party library, by the beginning of its headers' names.
THIRD_PARTY = {
    "boost/": {"coro"},
    "curl/": {"http", "app"},
    "openssl/": {"http", "stats", "app"},
    "msgpack": {"protocol"},
    "nlohmann/": set(),  # JSON is read and written by src/value alone
    "zmq": {"transport", "app"},
    "CLI/": {"app"},
    "toml++/": {"app"},
}

GENERATED_HEADERS = {"build_info.hpp"}
CPP_FOLDERS = ("include", "src", "tests", "examples")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD_HEADER = re.compile(r"^[a-z_0-9]+$")


def includes(path):
    """Yields (line number, '<' or '"', header name)."""
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def cpp_files(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in {".hpp", ".cpp"})


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
    room = path.relative_to(root / "src").parts[0]
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
        elif (other := name.split("/")[0]) != room and other not in ARROWS[room]:
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


def violations(root):
    for path in cpp_files(root / "include"):
        yield from check_public_header(root, path)
        yield from check_listed(root, path, root / "include" / "CMakeLists.txt")
    for room in sorted(path for path in (root / "src").iterdir() if path.is_dir()):
        if room.name not in ARROWS:
            yield f"src/{room.name}: unknown room"
            continue
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
