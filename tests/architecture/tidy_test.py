#!/usr/bin/env python3
"""Expects .clang-tidy to report planted violations, and to be silent about clean code.

usage: tidy_test.py CLANG_TIDY ROOT
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CLEAN = """
namespace planted {
inline constexpr int kStep = 2;

class Counter {
 public:
  static constexpr int weight = 1;

  int next() { return last_value_ += kStep; }

 private:
  static constexpr int kFirst = 0;
  int last_value_ = kFirst;
};
}  // namespace planted
"""

PLANTED = [
    ("readability-identifier-naming", "namespace planted { int BadName() { return 1; } }"),
    ("readability-identifier-naming", "namespace planted { inline constexpr int bad_name = 1; }"),
    ("google-build-using-namespace", "namespace planted {}\nusing namespace planted;"),
    ("modernize-use-nullptr", "namespace planted { int* pointer() { return 0; } }"),
    ("bugprone-infinite-loop", "namespace planted { void f(int i) { int j = 0; while (j < i) {} } }"),
    (
        "performance-unnecessary-value-param",
        "#include <string>\n"
        "namespace planted { unsigned long size(const std::string text) { return text.size(); } }",
    ),
]


class TidyTest(unittest.TestCase):
    def run_tidy(self, code):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "planted.cpp"
            source.write_text(code + "\n")
            return subprocess.run(
                [CLANG_TIDY, f"--config-file={CONFIG}", source, "--", "-std=c++20"],
                capture_output=True,
                text=True,
                check=False,
            )

    def test_clean_code_passes(self):
        result = self.run_tidy(CLEAN)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_planted_violations_are_errors(self):
        for check, code in PLANTED:
            with self.subTest(check=check, code=code):
                result = self.run_tidy(code)
                self.assertIn(f"[{check},-warnings-as-errors]", result.stdout)
                self.assertNotEqual(result.returncode, 0)


if __name__ == "__main__":
    CLANG_TIDY, CONFIG = sys.argv[1], Path(sys.argv[2]) / ".clang-tidy"
    unittest.main(argv=sys.argv[:1])
