"""--from: the skeletons of Python locustfiles compile without a warning and have the classes and tasks of the original."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES, REPOSITORY, VENV

FILES = sorted((LOCUSTFILES / "from").glob("*.py"))


def run(*arguments, **environment):
    env = {
        "PATH": os.environ["PATH"],
        "CPPWORKER_CACHE_DIR": str(REPOSITORY / "build" / "compat-cache"),
        "CPPWORKER_PYTHON": str(VENV / "bin" / "python"),
        # Less work for the compiler: the machine's code does not run.
        "CPPWORKER_CXXFLAGS": "-O0 -g0 -Werror",
    }
    return subprocess.run(
        [BINARY, *arguments], env=env | environment, capture_output=True, text=True, timeout=COMPILE_PATIENCE
    )


def test_there_are_twenty_locustfiles():
    assert len(FILES) == 20


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_skeleton_compiles_and_agrees_with_the_python_file(tmp_path, file):
    written = run("--from", file)
    assert written.returncode == 0, written.stderr
    skeleton = tmp_path / "skeleton.cpp"
    skeleton.write_text(written.stdout)
    checked = run("-f", skeleton, "--print-locustfile", "--check", file)
    assert checked.stdout == f"{file} and the C++ locustfile agree.\n", checked.stderr
    if file.stem == "quickstart":
        assert written.stdout == file.with_suffix(".cpp").read_text(), "the skeleton that docs/locustfile.md quotes"
        # The check is able to fail.
        changed = tmp_path / "changed.py"
        changed.write_text(file.read_text().replace("@task(3)", "@task(4)").replace("def search", "def find"))
        checked = run("-f", skeleton, "--print-locustfile", "--check", changed)
        assert checked.returncode == 1
        assert checked.stdout.splitlines() == [
            "ShopVisitor.tasks.view_items.weight is 4 on the master and 3 on this worker",
            "ShopVisitor.tasks.find is only in the master's locustfile",
            "ShopVisitor.tasks.search is only in this worker's locustfile",
        ]


def test_the_file_is_not_imported(tmp_path):
    file = tmp_path / "loud.py"
    file.write_text("from locust import HttpUser, task\nimport no_such_module\nraise SystemExit('imported')\n")
    done = run("--from", file, CPPWORKER_PYTHON=sys.executable)
    assert done.returncode == 0, done.stderr
    assert "// raise SystemExit('imported')" in done.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'print "two"\n', "line 1: "),
        (b"def f(:\n", "line 1: invalid syntax"),
        (b"name = '\xe9'\n", "line 1: byte 0xe9 is not valid utf-8. Save the file in UTF-8"),
        (b"# coding: klingon\n", "unknown encoding: klingon"),
        (b"a = '\0'\n", "null byte"),
    ],
    ids=["python 2", "syntax", "not UTF-8", "encoding", "zero byte"],
)
def test_a_file_that_is_no_python_3_is_refused(tmp_path, content, message):
    file = tmp_path / "bad.py"
    file.write_bytes(content)
    done = run("--from", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert "bad.py'" in done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_other_mistakes_have_clear_messages(tmp_path):
    assert "Could not read 'none.py': No such file" in run("--from", "none.py").stderr
    assert f"'{tmp_path}' is a folder" in run("--from", tmp_path).stderr
    (tmp_path / "x.py").write_text("")
    none = run("--from", tmp_path / "x.py", CPPWORKER_PYTHON="", PATH=str(tmp_path))
    assert none.returncode == 1
    assert "Could not find 'python3'. --from needs Python 3.9 or later" in none.stderr
    broken = run("--from", tmp_path / "x.py", CPPWORKER_PYTHON="/bin/false")
    assert broken.returncode == 1
    assert "/bin/false could not write the skeleton" in broken.stderr
