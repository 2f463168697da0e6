"""The completions for shells and the man page, which cpp-worker prints from its table of options."""

import os
import pty
import re
import select
import subprocess
import time

import pytest

from support.settings import BINARY

# How each shell starts without the user's files and loads the completion that FILE holds.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source {file}"),
    "zsh": (["zsh", "-f", "-i"], "fpath=({file.parent} $fpath); autoload -Uz compinit && compinit -u -D"),
    "fish": (["fish", "--no-config", "-i"], "source {file}"),
}


def printed(option, *values):
    return subprocess.run([BINARY, option, *values], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def options():
    """The names of all options of --help, long and short."""
    names = re.findall(r"(?:^  |,)(--?[\w-]+)(?=[ ,\n])", printed("--help"), re.M)
    assert {"-f", "--locustfile", "--workers", "--processes", "-V", "--version"} <= set(names)
    return set(names)


class Terminal:
    """An interactive shell with a completion, as a person uses it."""

    def __init__(self, shell, file, folder):
        arguments, load = SHELLS[shell]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb", "PS1": "$ "}
            os.execvpe(arguments[0], arguments, environment)
        self.output = ""
        self.enter(load.format(file=file) + "; echo rea''dy", "\nready")

    def enter(self, text, awaited):
        """Types a line and returns the output up to `awaited`, a regular expression."""
        self.output = ""
        self.type(text + "\r")
        return self.wait(awaited)

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self, awaited):
        deadline = time.monotonic() + 60
        while not (match := re.search(awaited, self.output)):
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no {awaited!r} in {self.output!r}"
            self.output += os.read(self.fd, 65536).decode(errors="replace").replace("\r", "")
        return match

    def complete(self, line):
        """The line after the Tab key. Ctrl-A and Ctrl-E make an `echo` of it, which the shell runs."""
        self.output = ""
        self.type(f"{line}\t\x01echo '<\x05>'\r")
        return self.wait(r"\n<([^>\n]*?) *>\n")[1]

    def close(self):
        os.close(self.fd)  # the shell gets SIGHUP
        os.waitpid(self.pid, 0)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_a_line(shell, tmp_path):
    script = tmp_path / "_cpp-worker"
    script.write_text(printed("--print-completion", shell))
    for name in ("shop.cpp", "shop.py"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    terminal = Terminal(shell, script, tmp_path)
    try:
        for line, completed in {
            "cpp-worker --on-m": "cpp-worker --on-master-loss",
            "cpp-worker --on-master-loss ke": "cpp-worker --on-master-loss keep-running",
            "cpp-worker --on-master-loss=q": "cpp-worker --on-master-loss=quit",
            "cpp-worker doc": "cpp-worker doctor",
            "cpp-worker doctor --master-h": "cpp-worker doctor --master-host",
            "cpp-worker init fo": "cpp-worker init folder",
            "cpp-worker -f shop.c": "cpp-worker -f shop.cpp",
        }.items():
            assert terminal.complete(line).rstrip("=/") == completed  # zsh removes a "/" at the end
    finally:
        terminal.close()


def bash_words(folder, *words):
    """What bash offers for the last of these words."""
    (folder / "completion").write_text(printed("--print-completion", "bash"))
    script = 'compopt() { :; }; source ./completion; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _cpp_worker; ' \
             'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script, "bash", *words], cwd=folder, capture_output=True, text=True,
                          check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_offers_every_option_of_help_and_the_possible_values(options, tmp_path):
    (tmp_path / "shop.py").touch()
    (tmp_path / "shop.so").touch()
    assert bash_words(tmp_path, "cpp-worker", "-") == options
    assert bash_words(tmp_path, "cpp-worker", "") == {"init", "doctor", "report", "compare"}
    assert bash_words(tmp_path, "cpp-worker", "-L", "") == {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
    assert bash_words(tmp_path, "cpp-worker", "--response-time-precision", "=", "") == {"2", "3", "locust"}
    assert bash_words(tmp_path, "cpp-worker", "--from", "sh") == {"shop.py"}
    assert bash_words(tmp_path, "cpp-worker", "-f", "sh") == {"shop.py", "shop.so"}
    assert bash_words(tmp_path, "cpp-worker", "--master-host", "") == set()


def test_zsh_and_fish_know_every_option_of_help(options):
    zsh = printed("--print-completion", "zsh")
    assert set(re.findall(r"'\*(--?[\w-]+)[=+]?\[", zsh)) == options
    fish = printed("--print-completion", "fish")
    assert {f"-{name}" for name in re.findall(r" -s (\w)", fish)} | \
           {f"--{name}" for name in re.findall(r" -l ([\w-]+)", fish)} == options


def test_another_shell_is_refused():
    done = subprocess.run([BINARY, "--print-completion", "ksh"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--print-completion: ksh not in {bash,zsh,fish}" in done.stderr


def test_the_man_page_has_every_option_and_no_mistake(options, tmp_path):
    page = tmp_path / "cpp-worker.1"
    page.write_text(printed("--print-man-page"))
    # "missing date": a date would be that of the build.
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, check=False)
    assert [line for line in lint.stdout.splitlines() if "missing date" not in line] == []
    shown = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=120", page], capture_output=True, text=True, check=True)
    text = re.sub(r".\x08", "", shown.stdout)
    assert set(re.findall(r"(?:^ {7}|(?<=, ))(--?[\w-]+)(?=[ ,\n])", text, re.M)) >= options
    assert "cpp-worker init [DIR]" in text and "CPPWORKER_THREADS" in text
    assert "(default: the CPUs that this process may use)" in text
