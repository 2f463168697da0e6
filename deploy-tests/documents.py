"""The commands in the documents, and how a test runs each of them. test_documents.py does so.

A command stands in a fenced block (`console`, `sh` or `bash`) behind `$ `. A test runs all commands of one section of a
document, in their order, in a copy of the repository. Four tables say what differs from a user's terminal:

    FILES          the files that the user of a document has already
    SUBSTITUTIONS  the names of hosts and the like, which are examples in the documents
    BACKGROUND     commands that run until the user ends them, with the sign that they work
    NOT_RUN        commands that can't run in a test, with the reason and what is checked instead
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

DOCUMENTS = (
    "README.md",
    "docs/first-run.md",
    "docs/porting.md",
    "docs/deploying.md",
    "docs/tuning.md",
    "docs/migrating.md",
)

COMMAND_LANGUAGES = {"console", "sh", "bash"}
OTHER_LANGUAGES = {"cpp", "python", "go", "java", "ini", "text", "yaml", "dockerfile"}

FILES = {
    "README.md": {"locustfile.cpp": "examples/quickstart/locustfile.cpp"},
    "docs/first-run.md": {"locustfile.cpp": "examples/quickstart/locustfile.cpp"},
    "docs/porting.md": {"locustfile.py": "compat-tests/locustfiles/from/quickstart.py"},
    "docs/deploying.md": {"locustfile.cpp": "examples/quickstart/locustfile.cpp"},
    "docs/migrating.md": {"locustfile.py": "examples/quickstart/locustfile.py"},
}

# pattern, replacement, reason. {shop}, {master}, {prefix} and {files} are filled in by the test.
SUBSTITUTIONS = (
    (r"^git clone … ", "cp -a {checkout} ", "the copy of the repository is there already"),
    (r"^cd cpp-worker$", "cd cpp-worker", "the copy"),
    (r"http://shop\.example", "http://{shop}", "an example's name"),
    (r"http://(127\.0\.0\.1:8080|10\.0\.0\.8)", "http://{shop}", "the tests use no fixed ports"),
    (r"\b10\.0\.0\.7\b", "{master}", "an example's address"),
    (r"nofile=1000000", "nofile={files}", "the hard limit of the machine"),
    (r"--prefix /usr/local", "--prefix {prefix}", "the tests change nothing outside of their folders"),
    (r"^scripts/demo$", "scripts/demo -u 10 -r 10 -t 3s", "shorter"),
    (r"^docker compose ", "docker-compose ", "Debian 12 has Compose 1.29"),
    (r"-f docker/compose\.yaml(?! -f)", "-f docker/compose.yaml -f docker/compose.debian.yaml", "no image registry"),
    (
        r"-f docker/compose\.yaml -f docker/compose\.mixed\.yaml",
        "-f docker/compose.yaml -f docker/compose.mixed.yaml -f docker/compose.debian.yaml "
        "-f docker/compose.mixed.debian.yaml",
        "no image registry",
    ),
)

# Programs that end by themselves.
FOREGROUND = (
    r"cp ", r"mkdir ", r"grep ", r"ulimit -n$", r"cmake ", r"scripts/setup\b", r"scripts/demo( -[urt] \w+)*$",
    r"cpp-worker (init|doctor|report|--from)\b", r"cpp-worker .*--(list|print-locustfile|debug-user)\b",
    r"docker-compose .* (up|restart) .*--detach\b", r"docker-compose .* (logs|down)\b", r"docker build ",
    r"docker run --rm .* --from ",
)  # fmt: skip

# pattern, a regular expression that its output matches when it works. The test ends it at the end of the section.
BACKGROUND = (
    (r"locust --master ", "Starting web interface at"),
    (r"cpp-worker .*--master-host", "Connected to the master"),
    (r"cpp-worker .*--headless", r"Aggregated +[1-9]"),  # a row of requests: a threshold without any would fail
    (r"cpp-worker .*--web ", "Locust's web UI: http://"),
    (r"scripts/demo --web$", "Locust's web UI: http://"),
    (r"docker run .* --master -f ", "Starting web interface at"),
    (r"docker run .*--master-host", "Connected to the master"),
)

# pattern, reason, the check of test_documents.py that replaces the run
NOT_RUN = (
    (r"cpp-worker compare ", "the runs take minutes; compat-tests/test_compare.py compares runs", "options"),
    (r"scripts/test$", "it runs this test", "is_executable"),
    (r"cmake (--preset|--build --preset) release", "a build takes minutes, and scripts/test has made this one", "build"),
    (r"sudo cp examples/systemd/cpp-worker.service ", "systemd does not run in containers and build machines", "unit"),
    (r"sudo systemctl enable --now cpp-worker$", "systemd does not run in containers and build machines", "unit"),
    (r"journalctl -u cpp-worker$", "systemd does not run in containers and build machines", "unit"),
)


@dataclass
class Section:
    """A section of a document (to the next heading of level 2) with its commands."""

    document: str
    title: str
    commands: list[str]

    def __str__(self) -> str:
        return f"{self.document}: {self.title}"

    @property
    def needs_docker(self) -> bool:
        return any(command.startswith("docker") for command in self.commands)


class Unclassified(Exception):
    """A block or a command for which the tables have no entry."""


def sections(document: str, text: str) -> list[Section]:
    """The sections that have commands."""
    found = [Section(document, "beginning", [])]
    fence = re.compile(r"^(`{3,})(\w*)[^\n]*\n(.*?)^\1$", re.M | re.S)
    position = 0
    for match in [*fence.finditer(text), None]:
        before = text[position : match.start() if match else len(text)]
        for title in re.findall(r"^## (.*)$", before, re.M):
            found.append(Section(document, title, []))
        if match is None:
            break
        position = match.end()
        language, code = match[2], match[3]
        if language in COMMAND_LANGUAGES:
            found[-1].commands += commands(document, code, language)
        elif language not in OTHER_LANGUAGES:
            raise Unclassified(f"{document}: a block of the language {language!r}: add it to deploy-tests/documents.py")
    return [section for section in found if section.commands]


def commands(document: str, code: str, language: str) -> list[str]:
    """The commands of a block: the lines behind `$ ` in `console`, all lines in `sh`."""
    found: list[str] = []
    for line in code.splitlines():
        if language != "console":
            line = "$ " + line if line.strip() and not line.startswith((" ", "#")) else line
        if line.startswith("$ "):
            found.append(line[2:])
        elif found and found[-1].endswith("\\"):
            found[-1] = found[-1][:-1].rstrip() + " " + line.strip()
        elif language == "console" and line.strip() and not found:
            raise Unclassified(f"{document}: a console block whose first line does not begin with `$ `: {line}")
    parts = []
    for command in found:
        command = re.sub(r"\s+#\s.*$", "", command)
        parts += [part.strip() for part in re.split(r"\s&&\s", command)]
    return parts


def substituted(command: str, values: dict[str, str]) -> str:
    for pattern, replacement, _ in SUBSTITUTIONS:
        command = re.sub(pattern, lambda _, text=replacement: text.format(**values), command)
    return command


def kind_of(command: str) -> tuple[str, str]:
    """state, foreground, background or not run; with the sign of success, or the name of the check."""
    if re.match(r"(cd|export) ", command):
        return "state", ""
    for pattern, _, check in NOT_RUN:
        if re.match(pattern, command):
            return "not run", check
    for pattern in FOREGROUND:
        if re.match(pattern, command):
            return "foreground", ""
    for pattern, sign in BACKGROUND:
        if re.match(pattern, command):
            return "background", sign
    raise Unclassified(f"no rule for the command `{command}`: add one to deploy-tests/documents.py")
