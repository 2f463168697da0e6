"""The documentation site, its links, and every command in the documents (documents.py)."""

from __future__ import annotations

import http.server
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlsplit

import documents
import pytest
from documents import ROOT, Section, Unclassified

MKDOCS = Path(sys.executable).parent / "mkdocs"
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def build_site(site: Path, config: Path = ROOT / "mkdocs.yml") -> subprocess.CompletedProcess:
    return subprocess.run(
        [MKDOCS, "build", "--strict", "--config-file", config, "--site-dir", site],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = build_site(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def test_the_site_has_every_page_and_no_dead_link(site):
    """`mkdocs build --strict` also checks all links and anchors, those of README.md and of the examples too."""
    pages = {page.relative_to(site).parent.as_posix() for page in site.rglob("index.html")}
    documents_ = {path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert documents_ - {"index"} <= pages
    assert {"api", "api/http", "repository", "repository/CONTRIBUTING", "repository/examples/quickstart"} <= pages


@pytest.mark.parametrize(
    "link",
    ["nothing.md", "options.md#nothing", "#nothing", "../examples/nothing", "../README.md#nothing", "images/nothing.png"],
)
def test_a_dead_link_fails(tmp_path, link):
    copy = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", copy)
    page = copy / "tuning.md"
    page.write_text(page.read_text() + f"\n{'!' if link.endswith('.png') else ''}[a link]({link})\n")
    config = tmp_path / "mkdocs.yml"
    hooks = "".join(f"  - {ROOT}/scripts/site_hooks/{name}.py\n" for name in ("api_reference", "repository_links"))
    config.write_text(f"INHERIT: {ROOT}/mkdocs.yml\ndocs_dir: {copy}\nhooks:\n{hooks}")
    result = build_site(tmp_path / "site", config)
    assert result.returncode != 0
    assert "nothing" in result.stdout + result.stderr


def test_the_site_loads_nothing_from_the_internet(site):
    """Links may lead there; scripts, styles, fonts and images may not."""
    loads = re.compile(r'<(?:script|img|link|source|iframe)\b[^>]*?(?:src|href)="?((?:https?:)?//[^"\s>]+)', re.I)
    for page in site.rglob("*.html"):
        assert not loads.findall(page.read_text()), page
    for style in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style.read_text()), style


def test_the_site_has_a_search_index_with_the_api(site):
    index = (site / "search" / "search_index.json").read_text()
    for word in ("CPPWORKER_LOCUSTFILE", "rename_request", "constant_pacing", "--on-master-loss"):
        assert word in index, word


def test_every_public_name_is_in_the_reference(site):
    """What Doxygen finds in the headers, by its own index. The pages are made from other files of Doxygen."""
    text = "".join(page.read_text() for page in (site / "api").rglob("*.html"))
    text = re.sub(r"<[^>]+>", "", text)
    missing = []
    number = 0
    for compound in ElementTree.parse(ROOT / "build/doxygen/xml/index.xml").getroot():
        kind, name = compound.get("kind"), compound.findtext("name")
        if kind not in ("class", "struct", "namespace", "file") or "detail" in name or "::http" in name or "std" in name:
            continue
        if kind in ("class", "struct"):
            names = [name.removeprefix("cppworker::")] if is_public(compound.get("refid")) else []
        else:
            wanted = ("function", "variable", "typedef", "enum", "define")
            names = [member.findtext("name") for member in compound if member.get("kind") in wanted]
        names = [name for name in names if not name.startswith(("CPPWORKER_VERSION", "operator"))]
        number += len(names)
        missing += [name for name in names if not re.search(rf"\b{re.escape(name.split('::')[-1])}\b", text)]
    assert not missing
    assert number > 150


def is_public(id: str) -> bool:
    compound = ElementTree.parse(ROOT / f"build/doxygen/xml/{id}.xml").find("compounddef")
    return compound.get("prot") == "public"


def test_external_links_have_a_good_form():
    """They are not requested: the tests need no internet."""
    number = 0
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]:
        text = re.sub(r"^(```+).*?^\1", "", path.read_text(), flags=re.M | re.S)
        for link in re.findall(r"\]\((\w+:[^)\s]*)\)|<(https?:[^>\s]*)>", text):
            url = urlsplit(link[0] or link[1])
            number += 1
            local = url.hostname in ("localhost", "127.0.0.1")
            assert url.scheme == ("http" if local else "https"), f"{path}: {link}"
            assert local or re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", url.hostname or ""), f"{path}: {link}"
    assert number > 5


SECTIONS = [
    section for document in documents.DOCUMENTS for section in documents.sections(document, (ROOT / document).read_text())
]


def test_every_command_has_a_rule_and_every_rule_a_command():
    commands = [command for section in SECTIONS for command in section.commands]
    values = {name: name for name in ("shop", "master", "prefix", "files", "checkout")}
    run = [documents.substituted(command, values) for command in commands]
    for command in run:
        documents.kind_of(command)
    rules = [rule for rule in documents.FOREGROUND] + [rule[0] for rule in (*documents.BACKGROUND, *documents.NOT_RUN)]
    assert [rule for rule in rules if not any(re.match(rule, command) for command in run)] == []
    patterns = [pattern for pattern, *_ in documents.SUBSTITUTIONS]
    assert [pattern for pattern in patterns if not any(re.search(pattern, command) for command in [*commands, *run])] == []


@pytest.mark.parametrize(
    "block, message",
    [
        ("```console\n$ rm -rf /tmp/x\n```\n", "rm -rf"),
        ("```fish\nls\n```\n", "fish"),
        ("```console\nno prompt\n```\n", "no prompt"),
    ],
)
def test_an_unknown_block_is_an_error(block, message):
    with pytest.raises(Unclassified, match=message):
        for section in documents.sections("a.md", f"# A\n\n{block}"):
            for command in section.commands:
                documents.kind_of(command)


@pytest.mark.parametrize("section", [s for s in SECTIONS if not s.needs_docker], ids=str)
def test_the_commands_run(section, tmp_path, checkout, installed, shop):
    with Terminal(section, tmp_path, checkout, installed, shop) as terminal:
        terminal.run_all()


@pytest.mark.engine
@pytest.mark.parametrize("section", [s for s in SECTIONS if s.needs_docker], ids=str)
def test_the_docker_commands_run(section, tmp_path, checkout, installed, shop, engine, images):
    with Terminal(section, tmp_path, checkout, installed, shop, engine) as terminal:
        terminal.run_all()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """A copy of the repository's files; build/ leads to what is built."""
    folder = tmp_path_factory.mktemp("checkout") / "cpp-worker"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    (folder / "build").mkdir()
    for built in [ROOT / "build/release", *(ROOT / "build").glob("venv*")]:
        (folder / "build" / built.name).symlink_to(built)
    return folder


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> Path:
    """Where `cmake --install` has put cpp-worker, whose build is in build/release."""
    prefix = tmp_path_factory.mktemp("installed")
    assert (ROOT / "build/release/cpp-worker").exists(), "build it first: cmake --preset release && cmake --build …"
    subprocess.run(["cmake", "--install", ROOT / "build/release", "--prefix", prefix], check=True, capture_output=True)
    return prefix


class Shop(http.server.BaseHTTPRequestHandler):
    """The server that the commands test: each request succeeds."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"Success")

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def shop():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


class Terminal:
    """Runs the commands of a section as its reader would, in terminals with a common folder."""

    def __init__(self, section: Section, folder: Path, checkout: Path, installed: Path, shop: str, engine=None):
        self.section, self.checkout, self.engine = section, checkout, engine
        self.cwd = folder / "home"
        self.cwd.mkdir()
        if not any(command.startswith("git clone") for command in section.commands):
            shutil.copytree(checkout, self.cwd, symlinks=True, dirs_exist_ok=True)
        for name, source in documents.FILES.get(section.document, {}).items():
            shutil.copy(ROOT / source, self.cwd / name)
        self.folder = folder
        self.children: list[tuple[str, subprocess.Popen, Path]] = []
        self.compose_files: set[str] = set()
        self.environment = {
            **(engine.environment if engine else os.environ),
            "CMAKE_PREFIX_PATH": str(installed),
            "XDG_CACHE_HOME": str(folder.parent / "cache"),
            "COMPOSE_PROJECT_NAME": "documents",
        }
        programs = folder / "programs"  # not build/venv/bin, because scripts/setup must find the system's python3
        programs.mkdir()
        (programs / "locust").symlink_to(ROOT / "build/venv/bin/locust")
        self.environment["PATH"] = f"{installed}/bin:{programs}:{self.environment['PATH']}:/usr/sbin"
        self.environment["CPPWORKER_PYTHON"] = str(ROOT / "build/venv/bin/python")  # the one with Locust
        self.values = {"shop": shop, "prefix": str(installed), "checkout": str(checkout), "master": "127.0.0.1"}
        self.values["files"] = str(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        if engine:
            gateway = "{{(index .IPAM.Config 0).Gateway}}"
            self.values["master"] = engine.docker("network", "inspect", "bridge", "-f", gateway).strip()
        else:
            self.environment |= self._ports()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_):
        codes = []
        for command, child, log in reversed(self.children):
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
            try:
                code = child.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                code = child.wait()
            codes.append((command, code, log))
        for files in self.compose_files:
            self._shell(f"docker-compose {files} down")
        for command, code, log in codes:
            if command.startswith("cpp-worker"):
                assert code == 0, f"{command} ended with {code}:\n{log.read_text()}"

    def run_all(self) -> None:
        commands = [documents.substituted(command, self.values) for command in self.section.commands]
        workers = [command for command in commands if "--master-host" in command or "compose.existing" in command]
        if workers and not any(" --master " in f"{command} " for command in commands):
            self._start_master()
        for command in commands:
            self._run(command)
        for command, child, log in self.children:  # several start together; each must work in the end
            _, sign = documents.kind_of(command)
            self._wait(command, child, log, sign)

    def _run(self, command: str) -> None:
        kind, detail = documents.kind_of(command)
        if kind == "state":
            self._change(command)
        elif kind == "not run":
            getattr(self, f"_check_{detail}")(command)
        elif kind == "foreground":
            result = self._shell(command)
            assert result.returncode == 0, f"{command} ended with {result.returncode}:\n{result.stdout}"
            if match := re.match(r"docker-compose (.*?) up .*--detach", command):
                self.compose_files.add(match[1])
                self._wait_for_workers(match[1])
        else:
            child, log = self._start(command)
            if "--master-host" not in command:  # a worker may come before its master
                self._wait(command, child, log, detail)

    def _change(self, command: str) -> None:
        verb, argument = command.split(" ", 1)
        if verb == "cd":
            self.cwd = self.cwd / argument
            assert self.cwd.is_dir(), f"{self.section}: {command}"
        else:
            name, value = argument.split("=", 1)
            self.environment[name] = value.replace("$PWD", str(self.cwd))

    def _shell(self, command: str) -> subprocess.CompletedProcess:
        cwd, environment = self._place(command)
        return subprocess.run(
            ["bash", "-c", command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600,
        )  # fmt: skip

    def _start(self, command: str) -> tuple[subprocess.Popen, Path]:
        cwd, environment = self._place(command)
        log = self.folder / f"{len(self.children)}.log"
        with log.open("w") as output:
            child = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.children.append((command, child, log))
        return child, log

    def _place(self, command: str) -> tuple[Path, dict[str, str]]:
        """The build that exists is used, and not changed."""
        if command.startswith("cmake --install build/release"):
            return ROOT, self.environment
        if command.startswith("scripts/demo"):  # configures and builds with other options
            programs = self.folder / "demo"
            programs.mkdir(exist_ok=True)
            (programs / "cmake").write_text("#!/bin/sh\n")
            (programs / "cmake").chmod(0o755)
            own = {name: value for name, value in self.environment.items() if not name.startswith("LOCUST_")}
            return self.cwd, {**own, "PATH": f"{programs}:{self.environment['PATH']}"}
        return self.cwd, self.environment

    def _wait(self, command: str, child: subprocess.Popen, log: Path, sign: str) -> None:
        deadline = time.monotonic() + 300
        while not re.search(sign, log.read_text()):
            assert child.poll() is None, f"{command} ended with {child.returncode}:\n{log.read_text()}"
            assert time.monotonic() < deadline, f"{command} did not print '{sign}':\n{log.read_text()}"
            time.sleep(0.1)

    def _wait_for_workers(self, files: str) -> None:
        deadline = time.monotonic() + 300
        while "Connected to the master" not in (logs := self._shell(f"docker-compose {files} logs cpp-worker").stdout):
            assert time.monotonic() < deadline, logs
            time.sleep(0.5)

    def _start_master(self) -> None:
        """The cluster's master, where a section only adds workers."""
        if self.engine:
            command = "docker run --rm -p 5557:5557 -v {}/examples/quickstart:/mnt/locust:ro cpp-worker/locust --master -f {}"
            command = command.format(self.cwd, "/mnt/locust/locustfile.py")
        else:
            command = f"locust --master -f {ROOT}/examples/quickstart/locustfile.py"
        child, log = self._start(command)
        self._wait(command, child, log, "Starting web interface at")

    @staticmethod
    def _ports() -> dict[str, str]:
        """Ports of 127.0.0.1 that are free, for the master and its workers."""
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        master, web = (str(s.getsockname()[1]) for s in sockets)
        for s in sockets:
            s.close()
        return {
            "LOCUST_MASTER_NODE_PORT": master, "LOCUST_MASTER_BIND_PORT": master,
            "LOCUST_MASTER_BIND_HOST": "127.0.0.1", "LOCUST_WEB_PORT": web, "LOCUST_WEB_HOST": "127.0.0.1",
        }  # fmt: skip

    @staticmethod
    def _check_is_executable(command: str) -> None:
        assert os.access(ROOT / command.split()[0], os.X_OK)

    def _check_options(self, command: str) -> None:
        """The program has the options."""
        program, subcommand, *arguments = command.split()
        known = self._shell(f"{program} {subcommand} --help").stdout
        for option in re.findall(r"--[\w-]+", " ".join(arguments)):
            assert option in known, known

    @staticmethod
    def _check_build(command: str) -> None:
        """The preset and the targets exist."""
        presets = subprocess.run(["cmake", "--list-presets=all"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert '"release"' in presets.stdout
        rules = (ROOT / "build/release/build.ninja").read_text()
        for target in re.findall(r"--target (.*)", command)[:1]:
            for name in target.split():
                assert re.search(rf"^build {re.escape(name)}( |:)", rules, re.M), f"{command}: no target {name}"

    def _check_unit(self, _: str) -> None:
        """systemd itself reads the unit, with the program that is installed here."""
        unit = self.folder / "cpp-worker.service"
        text = (ROOT / "examples/systemd/cpp-worker.service").read_text()
        assert "/usr/bin/cpp-worker" in text
        unit.write_text(text.replace("/usr/bin/cpp-worker", shutil.which("cpp-worker", path=self.environment["PATH"])))
        result = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
        assert result.returncode == 0 and "cpp-worker.service" not in result.stderr, result.stderr
