"""Each slip of slips.py gives a message whose first line names the place, what is wrong and what to write."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from slips import PRELUDE, SLIPS, Slip, user
from support.settings import BINARY, COMPILE_PATIENCE, REPOSITORY


@pytest.fixture(scope="session")
def header(tmp_path_factory) -> Path:
    """A precompiled header, made once for all processes of pytest. A compiler with other flags ignores it."""
    folder = tmp_path_factory.getbasetemp().parent / "slips"
    folder.mkdir(exist_ok=True)
    path = folder / "locust.hpp"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_text("#include <cppworker/locust.hpp>\n")
            flags = "-std=c++20 -O2 -g1 -fPIC -pthread -fno-gnu-unique -Wall".split()
            command = ["c++", *flags, "-I", REPOSITORY / "include", "-x", "c++-header", path]
            subprocess.run([*command, "-o", f"{path}.gch"], check=False, timeout=COMPILE_PATIENCE)
    return path


def compile_with(folder: Path, source: str, flags: str = "", link_flags: str = "") -> tuple[int, list[str]]:
    """The exit code of cpp-worker, and what it writes between "Compiling …" and its own last line."""
    (folder / "shop.cpp").write_text(source)
    env = os.environ | {
        "CPPWORKER_CXXFLAGS": flags,
        "CPPWORKER_LDFLAGS": link_flags,
        "CPPWORKER_CACHE_DIR": str(folder / "cache"),
    }
    result = subprocess.run(
        [BINARY, "-f", "shop.cpp", "--list"],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=COMPILE_PATIENCE,
        check=False,
    )
    lines = result.stderr.splitlines()
    begin = next(i for i, line in enumerate(lines) if "Compiling " in line) + 1
    return result.returncode, lines[begin:]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_the_first_line_names_what_is_wrong(slip: Slip, header, tmp_path):
    code, lines = compile_with(tmp_path, slip.source, f"-fsyntax-only -include {header}")
    assert code == 1
    output = "\n".join(lines)
    assert lines[0].startswith(f"shop.cpp:{slip.line()}: "), output
    for part in slip.parts:
        assert part in lines[0], output
    assert "Could not compile shop.cpp" in lines[-1]


def test_a_function_of_a_library_that_is_not_linked(header, tmp_path):
    declaration = 'extern "C" unsigned long compressBound(unsigned long);\n'
    code, lines = compile_with(tmp_path, PRELUDE + declaration + user(body="sleep_for(Seconds(compressBound(3)));"), f"-include {header}")
    assert code == 1
    for part in ("shop.cpp:14: compressBound", "// cpp-worker: -lz", "--ldflags=-lz", "CPPWORKER_LDFLAGS=-lz"):
        assert part in lines[0], lines


def test_the_compilers_output_has_colours_on_a_terminal(tmp_path):
    (tmp_path / "shop.cpp").write_text("#error not yet\n")
    terminal, end = os.openpty()
    env = os.environ | {"TERM": "xterm", "CPPWORKER_CACHE_DIR": str(tmp_path / "cache")}
    for name, is_coloured in [("", True), ("1", False)]:
        command = [BINARY, "-f", "shop.cpp", "--list"]
        subprocess.run(command, cwd=tmp_path, env=env | {"NO_COLOR": name}, stdout=end, stderr=end, check=False)
        output = ""
        while "Could not compile" not in output:
            output += os.read(terminal, 100_000).decode()
        assert "shop.cpp:1: #error not yet" in output, output
        assert ("\x1b[" in output[output.index("shop.cpp:1: ") :].split("ERROR")[0]) == is_coloured, output
    os.close(terminal)
    os.close(end)


def test_a_library_that_is_not_installed(header, tmp_path):
    code, lines = compile_with(tmp_path, PRELUDE + user(), f"-include {header}", link_flags="-lno-such-library")
    assert code == 1
    assert "-lno-such-library" in lines[0], lines


def test_a_method_without_a_body(header, tmp_path):
    source = PRELUDE + user(members="void pay();", body="pay();")
    code, lines = compile_with(tmp_path, source, f"-include {header}")
    assert code == 1
    assert lines[0].startswith("shop.cpp:15: ShopUser::pay() is declared but has no definition"), lines
