#!/usr/bin/env python3
"""Checks docs/RELIABILITY.md: each fault names tests that exist; prints one line per fault of the page.

usage: reliability.py [ROOT]
"""

import re
import sys
from pathlib import Path

import parity

CTEST = re.compile(r"add_test\(\s*NAME (simulation\.\w+)")


def simulations(root):
    """The tests of the simulation."""
    return set(CTEST.findall((root / "tests" / "simulation" / "CMakeLists.txt").read_text()))


def violations(root):
    document = root / "docs" / "RELIABILITY.md"
    known = parity.unit_tests(root) | parity.python_tests(root) | simulations(root)
    for number, cells in parity.rows(document.read_text()):
        where = f"docs/RELIABILITY.md:{number}"
        if len(cells) == 3:  # the planted bugs
            continue
        if len(cells) != 4:
            yield f"{where}: {len(cells)} columns; a row is fault | how it is injected | what must hold | tests"
            continue
        tests = re.findall(r"`([^`]+)`", cells[3])
        if not tests:
            yield f"{where}: no test"
        for test in tests:
            if test not in known:
                yield f"{where}: no test {test}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(violations(root))
    print("\n".join(found) or "no violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
