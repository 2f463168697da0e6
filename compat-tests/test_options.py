"""docs/options.md against the Locust that is installed: no option may be missing, none invented."""

import json
import re
import signal
import subprocess

import pytest

from support.ports import free_port
from support.processes import Process
from support.settings import BINARY, LOCUSTFILES, LOOPBACK, REPOSITORY, VENV
from support.workers import CACHE, compile_once, stock_master

# In a process of its own: importing Locust patches the standard library.
LIST_OPTIONS = """
import argparse, json
from locust import argument_parser
parser = argument_parser.get_empty_argument_parser(default_config_files=[])
argument_parser.setup_parser_arguments(parser)
print(json.dumps([
    {"name": next(n for n in a.option_strings if n.startswith("--")), "flag": a.nargs == 0,
     "shown": a.help != argparse.SUPPRESS}
    for a in parser._actions if a.option_strings and "ErrorRaisingAction" not in type(a).__name__
]))
"""

OURS_TOO = {
    "--help", "--version", "--list", "--locustfile", "--config", "--config-users", "--processes", "--loglevel",
    "--logfile", "--skip-log-setup", "--master-host", "--master-port", "--worker", "--reset-stats",
}  # fmt: skip
"""Options that do something here, or need a value of their own."""


@pytest.fixture(scope="module")
def locusts_options():
    """Of Locust's own parser, also those that --help leaves out."""
    done = subprocess.run([VENV / "bin" / "python", "-c", LIST_OPTIONS], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_every_option_of_locust_is_in_the_table_and_no_other(locusts_options):
    text = (REPOSITORY / "docs" / "options.md").read_text()
    section = text.split("## Locust's", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([^`]*)` \|", section, re.M)
    documented = {name for row in rows for name in re.findall(r"--[a-z-]+", row)}
    assert documented == {option["name"] for option in locusts_options if option["shown"]}


def test_every_option_of_help_is_in_the_tables():
    help_text = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", help_text, re.M))
    assert len(options) > 20
    text = (REPOSITORY / "docs" / "options.md").read_text()
    assert options <= set(re.findall(r"--[a-z-]+", text))


def test_the_worker_takes_every_option_of_locust(locusts_options, tmp_path):
    """In one command line: what means nothing on a worker is named in one line, nothing is refused."""
    others = [option for option in locusts_options if option["name"] not in OURS_TOO]
    assert len(others) > 30
    words = [w for o in others for w in ([o["name"]] if o["flag"] else [o["name"], "1"])]
    done = subprocess.run(
        [BINARY, "-f", "none.cpp", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env={"HOME": str(tmp_path)},
    )
    assert "Could not find 'none.cpp'" in done.stderr, "all options were read"
    assert done.returncode == 1


def test_configuration_of_an_existing_cluster_leads_to_its_master(ended, tmp_path):
    """locust.conf, ~/.locust.conf, the environment and a command line as Python's workers have them."""
    port, home, here = free_port(), tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    (home / ".locust.conf").write_text("loglevel = DEBUG\nmaster-host = 192.0.2.1\n")
    (here / "locust.conf").write_text(
        f"locustfile = shop.py\nmaster-port = {port}\nmaster-host = {LOOPBACK}\nusers: 100\nno-such-thing = 1\n"
    )
    (tmp_path / "more.conf").write_text("logfile = worker.log\n")
    master = ended(stock_master(port, "shop", options=["--web-port", free_port()]))
    compile_once(LOCUSTFILES / "shop.cpp")
    worker = ended(
        Process(
            "cpp-worker",
            [BINARY, "-f", "locustfile.py", "--worker", "--config", tmp_path / "more.conf"],
            cwd=here,
            env={
                "HOME": str(home),
                "CPPWORKER_LOCUSTFILE": str(LOCUSTFILES / "shop.cpp"),
                "CPPWORKER_CACHE_DIR": str(CACHE),
                "LOCUST_SPAWN_RATE": "5",
            },
        )
    )
    master.expect("reported as ready")
    master.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert worker.output == "", "the log is a file"
    log = (here / "worker.log").read_text()
    for said in (
        r"INFO/cpp-worker: Ignored locustfile.py from -f, because it is for Python workers",
        r"INFO/cpp-worker: Ignored, because these options have no effect on a worker: (--users, --spawn-rate|--spawn-rate, --users)\n",
        r"INFO/cpp-worker: Ignored 'no-such-thing' in the configuration",
        r"/DEBUG/cpp-worker: ",
    ):
        assert len(re.findall(said, log)) >= 1, said
