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
        self.compile(source, f"src/{name}.o")

    def compile(self, source, object_name):
        object_file = self.objects / object_name
        object_file.parent.mkdir(parents=True, exist_ok=True)
        command = [COMPILER, "-g1", "-c", "-I", self.root / "src", source, "-o", object_file]
        subprocess.run(command, check=True)

    def unity(self, name, *sources):
        """Moves sources that have been compiled into one object file."""
        for source in sources:
            (self.objects / "src" / f"{source}.o").unlink()
        path = self.objects / "Unity" / f"{name}.cxx"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f'#include "{self.root}/src/{source}"\n' for source in sources))
        self.compile(path, f"Unity/{name}.cxx.o")

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

    def test_several_sources_of_a_room_in_an_object(self):
        self.source("coro/watch.cpp", "void dial(); void Clock::Hand::turn() { dial(); }")
        self.source("coro/clock.cpp", "void Clock::tick() {}")
        self.unity("unity_coro_0_cxx", "coro/clock.cpp", "coro/watch.cpp")
        self.source("net/dial.cpp", "void dial() {}")
        self.expect(
            "src/coro/watch.cpp: forbidden arrow coro -> net: cppworker::dial() of src/net/dial.cpp",
            "src/coro/watch.cpp: defines cppworker::Clock::",
        )

    def test_the_name_of_such_an_object_has_the_inner_room(self):
        self.source("http/url/words.cpp", "void words() {}")
        self.source("coro/clock.cpp", "void words(); void Clock::tick() { words(); }")
        self.unity("unity_http-url_0_cxx", "http/url/words.cpp")
        self.expect("src/coro/clock.cpp: forbidden arrow coro -> http/url: cppworker::words()")

    def test_objects_of_removed_sources_do_not_count(self):
        self.source("coro/watch.cpp", "void Clock::tick() {}")
        (self.root / "src/coro/watch.cpp").unlink()
        self.expect()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        COMPILER = sys.argv.pop(1)
    unittest.main()
