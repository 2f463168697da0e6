"""clang++ also compiles the public headers and locustfiles, and cpp-worker also explains its errors.

Debian 12's clang++ 14 is the oldest supported one. scripts/test-on builds all of cpp-worker with clang++.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.settings import BINARY, COMPILE_PATIENCE, REPOSITORY

CLANG = "clang++-14"
"""clang-tidy-14 depends on it."""

WARNINGS = "-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror".split()


def compile_with_clang(*arguments: str | Path) -> None:
    flags = ["-std=c++20", "-fsyntax-only", *WARNINGS, f"-I{REPOSITORY / 'include'}"]
    result = subprocess.run(
        [CLANG, *flags, *arguments], capture_output=True, text=True, timeout=COMPILE_PATIENCE, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_public_headers_have_no_warning(tmp_path):
    include = REPOSITORY / "include"
    headers = sorted(header.relative_to(include) for header in include.rglob("*.hpp"))
    assert len(headers) > 30
    every = tmp_path / "every.cpp"
    every.write_text("".join(f"#include <{header}>\n" for header in headers))
    compile_with_clang(every)


def test_the_examples_have_no_warning():
    examples = [REPOSITORY / "examples/quickstart/locustfile.cpp", *(REPOSITORY / "examples/locustfiles").glob("*.cpp")]
    assert len(examples) > 10
    compile_with_clang(*examples)


USER = """#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class ShopUser : public HttpUser {{
 public:
  static constexpr WaitTime wait_time = between(1s, 5s);
  void browse() {{
    {statement}
  }}
  static constexpr auto tasks() {{ return task_list(task<&ShopUser::browse>()); }}
}};
CPPWORKER_LOCUSTFILE(ShopUser)
"""


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ('client().get("/") || shop;', "shop.cpp:10: "),
        ('client().get("/", {.nme = "/x"});', "shop.cpp:10: "),
        ('client().get("/").failure("too slow");', "shop.cpp:10: Response has no member failure"),
    ],
)
def test_the_first_line_of_an_error_names_the_place(statement, first, tmp_path):
    (tmp_path / "shop.cpp").write_text(USER.format(statement=statement))
    result = subprocess.run(
        [BINARY, "-f", "shop.cpp", "--list"],
        cwd=tmp_path,
        env=os.environ | {"CPPWORKER_CXX": CLANG, "CPPWORKER_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=COMPILE_PATIENCE,
        check=False,
    )
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    begin = next(i for i, line in enumerate(lines) if "Compiling " in line) + 1
    assert lines[begin].startswith(first), result.stderr
