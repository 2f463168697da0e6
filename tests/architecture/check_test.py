#!/usr/bin/env python3
"""Plants every kind of violation in a small tree and expects check.py to name it."""

import tempfile
import unittest
from pathlib import Path

import check


def file_in(room, suffix):
    """A file of each room, by its path from src/."""
    return f"{room}/{room.split('/')[-1]}.{suffix}"


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("include/CMakeLists.txt", "FILES\n cppworker/user.hpp)\n")
        self.write("include/cppworker/user.hpp", "#pragma once\n#include <string>\n")
        sources = {}
        for room in check.ARROWS:
            top, _, inner = room.partition("/")
            sources.setdefault(top, []).append(f"{inner}/{inner}.cpp" if inner else f"{top}.cpp")
            header = file_in(room, "hpp")
            self.write(f"src/{header}", "#pragma once\n#include <cppworker/user.hpp>\n")
            self.write(f"src/{file_in(room, 'cpp')}", f'#include "{header}"\n')
        for top, files in sources.items():
            self.write(f"src/{top}/CMakeLists.txt", f"target_sources(x PRIVATE {' '.join(files)})")
        self.write_table(check.ARROWS)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def write_table(self, arrows):
        rows = (
            f"| `src/{room}/` | purpose | {', '.join(sorted(others)) or 'nothing'} |\n"
            for room, others in arrows.items()
            if room != "app"
        )
        self.write("docs/ARCHITECTURE.md", "".join(rows) + "| `src/app/` | wiring | all rooms |\n")

    def expect(self, *expected):
        found = list(check.violations(self.root))
        self.assertEqual(len(found), len(expected), found)
        for text, line in zip(expected, found):
            self.assertIn(text, line)

    def test_a_clean_tree_passes(self):
        self.expect()

    def test_allowed_arrows_pass(self):
        for room, others in check.ARROWS.items():
            lines = "".join(f'#include "{file_in(other, "hpp")}"\n' for other in sorted(others))
            self.write(f"src/{file_in(room, 'cpp')}", lines)
        self.expect()

    def test_every_other_arrow_is_found(self):
        for room, others in check.ARROWS.items():
            source = f"src/{file_in(room, 'cpp')}"
            for other in set(check.ARROWS) - others - {room}:
                with self.subTest(room=room, other=other):
                    self.write(source, f'#  include "{file_in(other, "hpp")}"\n')
                    self.expect(f"{source}:1: forbidden arrow {room} -> {other}")
            self.write(source, "")

    def test_a_door_leads_into_an_inner_room(self):
        for room, doors in check.DOORS.items():
            for door in doors:
                self.write(f"src/{door}", "#pragma once\n")
                self.write(f"src/{file_in(room, 'cpp')}", f'#include "{door}"\n')
                self.expect()

    def test_the_table_of_the_architecture_is_the_same(self):
        self.write_table({**check.ARROWS, "coro": {"net"}, "misc": {"base"}})
        self.expect(
            "docs/ARCHITECTURE.md: coro may include base, the table has net",
            "docs/ARCHITECTURE.md: the table has an unknown room, misc",
        )

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
        self.write("src/http/misc/misc.cpp", "")
        self.expect(
            "src/http/misc: unknown room",
            "src/http/misc/misc.cpp: not listed in src/http/CMakeLists.txt",
            "src/misc: unknown room",
        )

    def test_headers_without_a_guard_are_found(self):
        self.write("src/stats/stats.hpp", "")
        self.expect("src/stats/stats.hpp: no #pragma once")


if __name__ == "__main__":
    unittest.main()
