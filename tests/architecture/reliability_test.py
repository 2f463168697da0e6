#!/usr/bin/env python3
"""Plants every kind of fault in a small table and expects reliability.py to name it."""

import tempfile
import unittest
from pathlib import Path

import reliability

HEAD = "# Reliability\n\n## Faults\n\n| fault | how | holds | tests |\n|---|---|---|---|\n"


class ReliabilityTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("tests/unit/wait_test.cpp", "TEST(Wait, Waits) {}\n")
        self.write("compat-tests/test_wait.py", "def test_it(ended):\n    pass\n")
        self.write("tests/simulation/CMakeLists.txt", "add_test(NAME simulation.seeds COMMAND simulate)\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(self, row):
        self.write("docs/RELIABILITY.md", HEAD + row + "\n")
        return list(reliability.violations(self.root))

    def test_existing_tests_pass(self):
        for tests in ("`Wait.Waits`", "`Wait.*`, `simulation.seeds`", "`test_wait.py::test_it`"):
            with self.subTest(tests=tests):
                self.assertEqual(self.found(f"| a | b | c | {tests} |"), [])

    def test_a_test_that_does_not_exist_is_found(self):
        for name in ("Wait.Sleeps", "simulation.all", "test_wait.py::test_that"):
            with self.subTest(name=name):
                self.assertEqual(
                    self.found(f"| a | b | c | `{name}` |"), [f"docs/RELIABILITY.md:7: no test {name}"]
                )

    def test_a_fault_needs_a_test(self):
        self.assertEqual(self.found("| a | b | c | |"), ["docs/RELIABILITY.md:7: no test"])

    def test_a_row_of_other_width_is_found(self):
        self.assertIn("2 columns", self.found("| a | b |")[0])


if __name__ == "__main__":
    unittest.main()
