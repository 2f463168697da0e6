#!/usr/bin/env python3
"""Runs a command and expects exit code 0 and the quickstart's classes, one a line, on its output.

usage: expect_classes.py COMMAND...
"""

import subprocess
import sys


def main():
    result = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True, check=False)
    lines = [line.strip() for line in result.stdout.splitlines()]
    print(result.stdout)
    if result.returncode != 0:
        return f"exit code {result.returncode}"
    if lines[-2:] != ["ShopUser", "AdminUser"]:
        return "the last lines should be ShopUser and AdminUser"
    return 0


if __name__ == "__main__":
    sys.exit(main())
