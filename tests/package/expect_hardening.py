"""Checks that binaries are position independent, with read-only relocations, immediate binding, a stack that is not
executable, and protected stack frames.

usage: expect_hardening.py READELF FILE...
"""

import re
import subprocess
import sys


def missing(readelf: str, file: str) -> list[str]:
    def output(option: str) -> str:
        return subprocess.run([readelf, option, "-W", file], check=True, capture_output=True, text=True).stdout

    segments, symbols = output("-l"), output("--dyn-syms")
    wanted = {
        "position independent code": re.search(r"Elf file type is DYN", segments),
        "GNU_RELRO (read-only relocations)": "GNU_RELRO" in segments,
        "BIND_NOW (immediate binding)": "BIND_NOW" in output("-d"),
        "a stack that is not executable": re.search(r"GNU_STACK .* RW ", segments),
        "__stack_chk_fail (protected stack frames)": file.endswith("cpp-worker") or "__stack_chk_fail" in symbols,
    }
    return [what for what, found in wanted.items() if not found]


def main() -> int:
    readelf, *files = sys.argv[1:]
    faults = [f"{file}: without {what}" for file in files for what in missing(readelf, file)]
    print("\n".join(faults) or f"{len(files)} files have all of it")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
