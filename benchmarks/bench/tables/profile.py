"""Where a request's CPU time goes, by perf: the kernel, this worker, its libraries, the author's own code."""

import re
import shutil
import subprocess

from .. import server
from ..cluster import OWN
from ..generator import Load, window
from ..machine import BUILD, Failed, wait_until
from ..report import Table

# Of a shared object's name, the part of the table it belongs to; the first that matches.
PARTS = {
    "kernel": re.compile(r"^\[(?!vdso|unknown)"),
    "worker": re.compile(r"libcppworker|cpp-worker"),
    "author's code": re.compile(r"_users"),
    "libcurl": re.compile(r"libcurl"),
    "libc, C++ library, vdso": re.compile(r"libc\.|libc-|libm\.|libstdc|libgcc|ld-linux|^\[vdso"),
}


def run(options):
    if options.smoke:
        return []
    table = Table("profile", "Where the CPU time of a request goes, µs (100 users, 1 KiB; perf's samples of the CPU clock)",
                  ["generator", *PARTS, "other libraries"])  # fmt: skip
    if not shutil.which("perf"):
        table.row("(perf is not installed)")
        return [table]
    with server.fixed_answers() as target:
        for generator in OWN:
            table.attempt(generator.name, lambda: _row(table, generator, target))
    return [table]


def _row(table, generator, target):
    data = BUILD / "perf.data"
    before = target.served()
    with generator.running(Load(target.host(), 100, 0)) as child:
        wait_until(lambda: target.served() > before + 10_000, "the users are busy")
        cost = window([child.pid], target, 1)["cpu_us"]  # before perf, which costs something itself
        command = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-p", child.pid, "-o", data, "--", "sleep", "2"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode != 0:
            table.row(generator.name, f"perf: {done.stderr.strip().splitlines()[-1:]}")
            return
    report = subprocess.run(["perf", "report", "-i", str(data), "--stdio", "--sort", "dso"], capture_output=True, text=True).stdout
    shares = re.findall(r"^\s+([\d.]+)%\s+(\S.*?)\s*$", report, re.MULTILINE)
    if not shares:
        raise Failed("perf saw nothing")
    parts = dict.fromkeys([*PARTS, "other"], 0.0)
    for percent, name in shares:
        part = next((part for part, words in PARTS.items() if words.search(name)), "other")
        parts[part] += float(percent) / 100 * cost
    table.row(generator.name, *(f"{us:.2f}" for us in parts.values()), cpu_us=cost, parts=parts)
