#!/usr/bin/env python3
"""Checks docs/PARITY.md: each row has a status and names tests that exist; prints one line per fault.

usage: parity.py [ROOT]
"""

import re
import sys
from pathlib import Path

STATUS = {"same", "own way", "part", "missing", "master's"}
PROVED = {"same", "own way", "part"}
UNIT_TEST = re.compile(r"^\s*(?:COROUTINE_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)", re.M)
PYTHON_TEST = re.compile(r"^\s*def (test_\w+)", re.M)


def unit_tests(root):
    """Their names, and `Suite.*` for each suite."""
    names = set()
    for path in (root / "tests").rglob("*_test.cpp"):
        for suite, name in UNIT_TEST.findall(path.read_text()):
            names |= {f"{suite}.{name}", f"{suite}.*"}
    return names


def python_tests(root):
    """`test_x.py` and `test_x.py::test_y` of compat-tests."""
    names = set()
    for path in (root / "compat-tests").rglob("test_*.py"):
        names.add(path.name)
        names |= {f"{path.name}::{test}" for test in PYTHON_TEST.findall(path.read_text())}
    return names


def rows(text):
    """Yields (line number, cells) of the tables in the sections, without their heads."""
    in_section, head = False, True
    for number, line in enumerate(text.splitlines(), start=1):
        in_section = in_section or line.startswith("## ")
        if not line.startswith("|"):
            head = True
        elif in_section:
            if set(line) <= set("|-: "):
                head = False
            elif not head:
                yield number, [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def violations(root):
    document = root / "docs" / "PARITY.md"
    known = unit_tests(root) | python_tests(root)
    for number, cells in rows(document.read_text()):
        where = f"docs/PARITY.md:{number}"
        if len(cells) != 4:
            yield f"{where}: {len(cells)} columns; a row is feature | here | status | proof"
            continue
        status, proof = cells[2], cells[3]
        tests = re.findall(r"`([^`]+)`", proof)
        if status not in STATUS:
            yield f"{where}: unknown status '{status}'"
        if status in PROVED and not tests:
            yield f"{where}: '{status}' without a test"
        for test in tests:
            if test not in known and not ("/" in test and (root / test).exists()):
                yield f"{where}: no test {test}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(violations(root))
    print("\n".join(found) or "no violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
