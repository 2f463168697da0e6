"""Compiles misuses.cpp, which must fail, and looks for the sentence and the line of each mistake.

usage: check.py COMPILER ARGUMENT... SOURCE
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def mistakes(source: Path) -> list[tuple[str, str, range]]:
    """Name, sentence to expect and lines of each namespace that has an `expect`."""
    found = []
    name, begin, sentence = "", 0, ""
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        if match := re.match(r"namespace (\w+) {", line):
            name, begin, sentence = match[1], number, ""
        elif match := re.match(r"// expect: (.*)", line):
            sentence = match[1]
        elif line.startswith("}  // namespace") and sentence:
            found.append((name, sentence, range(begin, number + 1)))
    return found


def errors(output: str) -> list[str]:
    """The compiler's messages, each with the lines that say where it comes from: before and after."""
    lines = output.splitlines()
    places = [i for i, line in enumerate(lines) if ": error: " in line]
    ends = [0, *places, len(lines)]
    return ["\n".join(lines[ends[i] : ends[i + 2]]) for i in range(len(places))]


def main(compiler: list[str], source: Path) -> int:
    no_limit = "-ferror-limit=0" if "clang" in compiler[0] else "-fmax-errors=0"
    command = [*compiler, "-fsyntax-only", no_limit, "-fdiagnostics-color=never", str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        print("it compiled")
        return 1
    messages = errors(result.stderr)
    faults = 0
    expected = mistakes(source)
    for name, sentence, lines in expected:
        places = [f"{source.name}:{number}:" for number in lines]
        with_sentence = [message for message in messages if sentence in message]
        if not with_sentence:
            print(f'{name}: no error says "{sentence}"')
        elif not any(place in message for message in with_sentence for place in places):
            print(f'{name}: "{sentence}" is said, but of no line of it')
        else:
            continue
        faults += 1
    if faults:
        print(result.stderr)
    print(f"{len(expected) - faults} of {len(expected)} mistakes are answered with their sentence")
    return 1 if faults or not expected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:-1], Path(sys.argv[-1])))
