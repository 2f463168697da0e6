"""Prints `N passed, N failed` for all JUnit files in a directory. Exit code 1 if a test failed.

usage: count_results.py DIRECTORY BROKEN     BROKEN: the number of failures that have left no file
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def outcome(case):
    """CTest has the outcome in an attribute, pytest in a child element."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    skipped = case.find("skipped")
    if case.get("status") == "notrun":  # also for tests that could not be started
        return "skipped" if skipped.get("message", "").startswith("SKIP_") else "failed"
    if case.get("status") in ("fail", "disabled"):
        return "failed"
    return "passed" if skipped is None else "skipped"


def main():
    folder, broken = Path(sys.argv[1]), int(sys.argv[2])
    counts = {"passed": 0, "failed": broken, "skipped": 0}
    for path in sorted(folder.glob("*.xml")):
        for case in ElementTree.parse(path).iter("testcase"):
            result = outcome(case)
            counts[result] += 1
            if result != "passed":
                print(f"{result}: {path.stem}: {case.get('classname')}::{case.get('name')}")
    if counts["skipped"]:
        print(f"{counts['skipped']} skipped")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
