#!/usr/bin/env python3
"""Checks the object files of src/ against docs/ARCHITECTURE.md; prints one line per violation.

Includes do not show everything: a room can call a function that a public header declares and
another room defines. So each undefined symbol of a room must be defined in a room that it may
include, and what X.hpp declares of a class must be defined in X.cpp, or in X_*.cpp if that is long.

usage: symbols.py ROOT OBJECTS
OBJECTS: the folder with the build's object files, which need debug information. Each holds one
source (src/ROOM/FILE.cpp.o) or several sources of one room (Unity/unity_ROOM_NUMBER_cxx.cxx.o, with
`-` for the `/` of an inner room).
"""

import re
import subprocess
import sys
from pathlib import Path

from check import ARROWS, DOORS, cpp_files, room_of

DEFINED = frozenset("TDBR")  # strong; inline functions and templates are defined where they are used
OURS = "9cppworker"  # the namespace, mangled; functions of C may be the C library's, too
NM_LINE = re.compile(r"^[0-9a-f ]+ ([A-Za-z]) ([^\t]+)(?:\t(?:.*/)?src/(.+):\d+)?")
UNITY = re.compile(r"Unity/unity_([^_]+)_\w+_cxx\.cxx\.o")
# A class that is defined, not only declared, at the beginning of a line or in another class.
CLASS = re.compile(
    r"^ *(?:class|struct)(?: \[\[[^]]*\]\])?(?: CPPWORKER_EXPORT)? (\w+)(?: final)?(?: :[^;{]*)? ?\{",
    re.M,
)


def symbols(path, *options):
    """Yields (kind, name, source) of an object file. The source, `coro/clock.cpp`, is where the
    symbol is defined, or needed for the first time; None if there is no debug information."""
    command = ["nm", "--line-numbers", *options, str(path)]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        if match := NM_LINE.match(line):
            yield match[1], match[2], match[3]


def object_files(root, objects):
    """Yields (room, object file); not those of sources that are gone."""
    for path in sorted(objects.rglob("*.o")):
        name = path.relative_to(objects).as_posix()
        if match := UNITY.fullmatch(name):
            yield match[1].replace("-", "/"), path
        elif (root / name.removesuffix(".o")).is_file():
            yield room_of(name.removeprefix("src/")), path


def is_door(room, source):
    return source is not None and source.removesuffix(".cpp") + ".hpp" in DOORS.get(room, ())


def check_arrows(root, objects):
    """What a room's objects need is defined in a room that it may include."""
    definitions = {}
    needs = {}
    for room, path in object_files(root, objects):
        for kind, name, source in symbols(path):
            if kind in DEFINED and OURS in name:
                definitions[name] = (room, source)
            elif kind == "U":
                needs.setdefault(name, {}).setdefault(room, source)
    for name, users in sorted(needs.items()):
        if name not in definitions:
            continue  # of a library
        other, definition = definitions[name]
        for room, source in sorted(users.items()):
            if other != room and other not in ARROWS[room] and not is_door(room, definition):
                yield (
                    f"src/{source or room}: forbidden arrow {room} -> {other}:"
                    f" {demangled(name)} of src/{definition or other}"
                )


def demangled(name):
    return subprocess.run(
        ["c++filt", name], check=True, capture_output=True, text=True
    ).stdout.strip()


def class_headers(root):
    """The stem of the header that defines a class, by the class's name; without ambiguous names."""
    headers = {}
    for path in cpp_files(root / "include") + cpp_files(root / "src"):
        if path.suffix == ".hpp":
            for name in CLASS.findall(path.read_text()):
                headers.setdefault(name, set()).add(path.stem)
    return {name: stems.pop() for name, stems in headers.items() if len(stems) == 1}


def check_homes(root, objects):
    """Member functions of a class that X.hpp defines are in X.cpp or X_*.cpp."""
    headers = class_headers(root)
    seen = set()
    for _, path in object_files(root, objects):
        for kind, name, source in symbols(path, "--demangle", "--defined-only"):
            if kind != "T" or not name.startswith("cppworker::"):
                continue
            scopes = qualifiers(name)
            outermost = next((scope for scope in scopes[:-1] if scope in headers), None)
            if outermost is None or source is None or (source, outermost) in seen:
                continue  # the compiler's own destructors have no line
            seen.add((source, outermost))
            if not (root / "src" / source).is_file():
                continue  # the object file is older
            stem = Path(source).stem
            if stem != headers[outermost] and not stem.startswith(headers[outermost] + "_"):
                function = "::".join(scopes)
                yield f"src/{source}: defines {function}(), which belongs in {headers[outermost]}.cpp"


def qualifiers(name):
    """The scopes of a function and its own name: `a::B::c(int)` -> [a, B, c]."""
    parts, part, depth = [], "", 0
    for index, character in enumerate(name):
        if character == "(" and depth == 0:
            break
        depth += character == "<"
        depth -= character == ">"
        if character == ":" and depth == 0:
            if part:
                parts.append(part)
            part = ""
        elif depth == 0 and character not in "<>":
            part += character
    return [*parts, part]


def violations(root, objects):
    yield from check_arrows(root, objects)
    yield from check_homes(root, objects)


def main():
    root, objects = (Path(argument).resolve() for argument in sys.argv[1:])
    if not any(objects.rglob("*.o")):
        print(f"no object files in {objects}: build first")
        return 1
    if not any(source for _, path in object_files(root, objects) for *_, source in symbols(path)):
        print(f"no debug information in {objects}: build with -g1")
        return 1
    found = list(violations(root, objects))
    print("\n".join(found) or "no violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
