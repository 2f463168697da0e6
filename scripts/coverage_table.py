"""Prints the line coverage of each folder of src/, from a JSON report of gcovr.

usage: coverage_table.py COVERAGE.JSON
"""

import json
import sys
from collections import defaultdict


def main() -> None:
    folders: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    with open(sys.argv[1]) as file:
        for one in json.load(file)["files"]:
            lines = [line for line in one["lines"] if not line.get("gcovr/noncode")]
            for name in (one["file"].split("/")[1], "all of src/"):
                folders[name][0] += sum(line["count"] > 0 for line in lines)
                folders[name][1] += len(lines)
    print(f"{'folder':<14} {'lines':>7} {'run':>7} {'share':>8}")
    for name, (run, lines) in sorted(folders.items(), key=lambda item: item[0] == "all of src/"):
        print(f"{name:<14} {lines:>7,} {run:>7,} {run / lines:>8.1%}")


if __name__ == "__main__":
    main()
