#!/usr/bin/env python3
"""Compiles small rooms that break each rule of symbols.py and expects it to name them.

usage: symbols_test.py COMPILER
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import symbols

COMPILER = "c++"


class SymbolsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.objects = self.root / "objects"
        self.header("coro/clock.hpp", "struct Clock { void tick(); struct Hand { void turn(); }; };")

    def header(self, name, body):
        path = self.root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#pragma once\nnamespace cppworker {{\n{body}\n}}\n")

    def source(self, name, body):
        source = self.root / "src" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(f'#include "coro/clock.hpp"\nnamespace cppworker {{\n{body}\n}}\n')
        object_file = self.objects / f"{name}.o"
        object_file.parent.mkdir(parents=True, exist_ok=True)
        command = [COMPILER, "-c", "-I", self.root / "src", source, "-o", object_file]
        subprocess.run(command, check=True)

    def expect(self, *expected):
        found = list(symbols.violations(self.root, self.objects))
        self.assertEqual(len(found), len(expected), found)
        for text, line in zip(expected, found):
            self.assertIn(text, line)

    def test_allowed_needs_pass(self):
        self.source("coro/clock.cpp", "void Clock::tick() {} void Clock::Hand::turn() {}")
        self.source("net/dial.cpp", "void dial() { Clock().tick(); }")
        self.expect()

    def test_a_need_against_the_arrows_is_found(self):
        self.source("coro/clock.cpp", "void dial(); void Clock::tick() { dial(); }")
        self.source("net/dial.cpp", "void dial() {}")
        self.expect("src/coro/clock.cpp: forbidden arrow coro -> net: cppworker::dial()")

    def test_a_door_may_be_needed(self):
        self.source("http/http_session.cpp", "void make_client(); void make() { make_client(); }")
        self.source("http/requests/requests_client.cpp", "void make_client() {}")
        self.expect()

    def test_a_class_that_is_defined_elsewhere_is_found(self):
        self.source("coro/watch.cpp", "void Clock::tick() {} void Clock::Hand::turn() {}")
        self.expect("src/coro/watch.cpp: defines cppworker::Clock::")

    def test_objects_of_removed_sources_do_not_count(self):
        self.source("coro/watch.cpp", "void Clock::tick() {}")
        (self.root / "src/coro/watch.cpp").unlink()
        self.expect()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        COMPILER = sys.argv.pop(1)
    unittest.main()
