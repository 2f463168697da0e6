#!/usr/bin/env python3
"""Fails when clang-format would change a C++ file.

usage: format.py CLANG_FORMAT ROOT
"""

import subprocess
import sys
from pathlib import Path

FOLDERS = ("include", "src", "tests", "examples", "compat-tests", "benchmarks")


def main():
    clang_format, root = sys.argv[1], Path(sys.argv[2])
    files = [
        path
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in {".hpp", ".cpp"}
    ]
    assert files, f"no C++ file under {root}"
    return subprocess.run([clang_format, "--dry-run", "-Werror", *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
