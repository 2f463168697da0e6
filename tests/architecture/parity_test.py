#!/usr/bin/env python3
"""Plants every kind of fault in a small table and expects parity.py to name it."""

import tempfile
import unittest
from pathlib import Path

import parity

HEAD = "# Parity\n\n| status | means |\n|---|---|\n| same | … |\n\n## Waits\n\n"
TABLE = "| Locust | here | status | proof |\n|---|---|---|---|\n"


class ParityTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("tests/unit/wait_test.cpp", "TEST(Wait, Waits) {}\nCOROUTINE_TEST(\n    Pacing, Paces) {}\n")
        self.write("compat-tests/test_wait.py", "def test_it(ended):\n    pass\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(self, row):
        self.write("docs/PARITY.md", HEAD + TABLE + row + "\n")
        return list(parity.violations(self.root))

    def test_existing_tests_pass(self):
        for proof in ("`Wait.Waits`", "`Wait.*`, `Pacing.Paces`", "`test_wait.py::test_it`", "`tests/unit`"):
            with self.subTest(proof=proof):
                self.assertEqual(self.found(f"| a \\| b | b | same | {proof} |"), [])

    def test_a_test_that_does_not_exist_is_found(self):
        for name in ("Wait.Sleeps", "Sleep.*", "test_wait.py::test_that", "test_no.py", "tests/nothing"):
            with self.subTest(name=name):
                self.assertEqual(
                    self.found(f"| a | b | same | `{name}` |"), [f"docs/PARITY.md:11: no test {name}"]
                )

    def test_a_claim_needs_a_test(self):
        self.assertIn("'own way' without a test", self.found("| a | b | own way | |")[0])
        self.assertEqual(self.found("| a | b | missing | |"), [])

    def test_an_unknown_status_is_found(self):
        self.assertIn("unknown status 'done'", self.found("| a | b | done | `Wait.Waits` |")[0])

    def test_a_row_of_other_width_is_found(self):
        self.assertIn("3 columns", self.found("| a | b | same |")[0])


if __name__ == "__main__":
    unittest.main()
