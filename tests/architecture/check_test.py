#!/usr/bin/env python3
"""Plants every kind of violation in a small tree and expects check.py to name it."""

import tempfile
import unittest
from pathlib import Path

import check


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("include/CMakeLists.txt", "FILES\n cppworker/user.hpp)\n")
        self.write("include/cppworker/user.hpp", "#pragma once\n#include <string>\n")
        for room in check.ARROWS:
            self.write(f"src/{room}/CMakeLists.txt", f"target_sources(x PRIVATE {room}.cpp)\n")
            self.write(f"src/{room}/{room}.hpp", "#pragma once\n#include <cppworker/user.hpp>\n")
            self.write(f"src/{room}/{room}.cpp", f'#include "{room}/{room}.hpp"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def expect(self, *expected):
        found = list(check.violations(self.root))
        self.assertEqual(len(found), len(expected), found)
        for text, line in zip(expected, found):
            self.assertIn(text, line)

    def test_a_clean_tree_passes(self):
        self.expect()

    def test_allowed_arrows_pass(self):
        for room, others in check.ARROWS.items():
            lines = "".join(f'#include "{other}/{other}.hpp"\n' for other in sorted(others))
            self.write(f"src/{room}/{room}.cpp", lines)
        self.expect()

    def test_every_other_arrow_is_found(self):
        for room, others in check.ARROWS.items():
            for other in set(check.ARROWS) - others - {room}:
                with self.subTest(room=room, other=other):
                    self.write(f"src/{room}/{room}.cpp", f'#  include "{other}/{other}.hpp"\n')
                    self.expect(f"src/{room}/{room}.cpp:1: forbidden arrow {room} -> {other}")
            self.write(f"src/{room}/{room}.cpp", "")

    def test_third_party_headers_do_not_reach_public_headers(self):
        for name in ("curl/curl.h", "zmq.hpp", "msgpack.hpp", "spdlog/spdlog.h", "boost/any.hpp"):
            with self.subTest(name=name):
                self.write("include/cppworker/user.hpp", f"#pragma once\n#include <{name}>\n")
                self.expect(f"include/cppworker/user.hpp:2: <{name}>")

    def test_public_headers_do_not_include_rooms(self):
        self.write("include/cppworker/user.hpp", '#pragma once\n#include "user/user.hpp"\n')
        self.expect("include/cppworker/user.hpp:2: public headers include with")

    def test_a_library_stays_in_its_room(self):
        self.write("src/runner/runner.cpp", "#include <zmq.hpp>\n")
        self.expect("src/runner/runner.cpp:1: runner must not know <zmq.hpp>")

    def test_there_is_one_reader_of_json(self):
        self.write("src/value/value.cpp", "#include <nlohmann/json.hpp>\n")
        self.expect("src/value/value.cpp:1: value must not know <nlohmann/json.hpp>")

    def test_includes_name_the_room(self):
        self.write("src/runner/runner.cpp", '#include "runner.hpp"\n')
        self.expect("no file src/runner.hpp")

    def test_files_the_build_does_not_know_are_found(self):
        self.write("src/stats/dead.cpp", "")
        self.write("include/cppworker/dead.hpp", "#pragma once\n")
        self.expect(
            "include/cppworker/dead.hpp: not listed in include/CMakeLists.txt",
            "src/stats/dead.cpp: not listed in src/stats/CMakeLists.txt",
        )

    def test_unknown_rooms_are_found(self):
        self.write("src/misc/misc.cpp", "")
        self.expect("src/misc: unknown room")

    def test_headers_without_a_guard_are_found(self):
        self.write("src/stats/stats.hpp", "")
        self.expect("src/stats/stats.hpp: no #pragma once")


if __name__ == "__main__":
    unittest.main()
