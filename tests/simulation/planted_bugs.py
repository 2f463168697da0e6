"""Bugs that are planted in copies of sources, to show that the simulation finds them.

usage: planted_bugs.py write SOURCE COPY     writes a copy of src/SOURCE with its bugs
       planted_bugs.py test SIMULATE RACE    runs each bug until a test finds it

A bug is active only if it is named: `simulate_planted --planted NAME`.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 3000


@dataclass(frozen=True)
class Bug:
    """@param old The statements in the source that the bug replaces.
    @param new What stands there with the bug.
    @param found What the test prints that finds it.
    """

    name: str
    source: str
    old: str
    new: str
    found: str


BUGS = [
    Bug(
        "lost-increment-of-a-blocked-shard",
        "app/report_collector.cpp",
        "stats::merge(increment_, std::move(increment));",
        "if (!from.collection || from.collection == collection_) stats::merge(increment_, std::move(increment));",
        r"requests are missing, and the log gave up only",
    ),
    Bug(
        "double-send-after-a-broken-connection",
        "runner/report_ledger.cpp",
        "newest_.reset();\n  unproved_.clear();\n}\n\nvoid ReportLedger::drop_all",
        "return resend_unproved();\n}\n\nvoid ReportLedger::drop_all",
        r"master has counted \d+ of \d+ requests",
    ),
    Bug(
        "drop-without-a-log-line",
        "runner/report_ledger.cpp",
        "if (size == Size{}) return;",
        "return;",
        r"requests are missing, and the log gave up only 0",
    ),
    Bug(
        "late-heartbeat",
        "runner/link.cpp",
        "if (heartbeat_at_ <= now) heartbeat_at_ = now + kHeartbeatInterval;",
        "if (state == protocol::WorkerState::kRunning) heartbeat_at_ += std::chrono::milliseconds{50};",
        r"a heartbeat is late",
    ),
    Bug(
        "report-waits-for-a-blocked-shard",
        "app/report_collector.cpp",
        "timeout_.arm(scheduler_.clock().now() + action.timeout);",
        "",
        r"a report is late",
    ),
    Bug(
        "leaked-user",
        "user/life/population.cpp",
        "ended_.pop_back();",
        "(void)ended_.back().release();\nended_.pop_back();",
        r"users exist after the end of the test|has not come back to a healthy master|leaked \d+ bytes",
    ),
    Bug(
        "users-of-a-class-are-not-stopped",
        "user/life/population.cpp",
        "stops_.stop_everybody(state);",
        "if (&state == &classes_.front()) stops_.stop_everybody(state);",
        r"users exist after the end of the test|has not come back to a healthy master",
    ),
    Bug(
        "race-in-the-mailbox",
        "coro/mailbox.cpp",
        "tsan::release(this);\n  while (!newest_.compare_exchange_weak(message->older, message.get())) {\n  }",
        "while (!newest_.compare_exchange_weak(message->older, message.get(), std::memory_order_relaxed)) {\n  }",
        r"WARNING: ThreadSanitizer: data race",
    ),
    Bug(
        "stack-overflow",
        "",  # in users.cpp
        "",
        "",
        r"Stack overflow in task buy of user class Shopper",
    ),
]


def write(source: str, copy: Path) -> None:
    text = (ROOT / "src" / source).read_text()
    for bug in BUGS:
        if bug.source != source:
            continue
        assert text.count(bug.old) == 1, f"src/{source} has changed: bring {bug.name} up to date"
        text = text.replace(bug.old, choice(bug))
    copy.write_text('#include "planted.hpp"\n' + text)


def choice(bug: Bug) -> str:
    """The end of a function stays outside of the braces."""
    tail = re.search(r"\n}\n.*", bug.old, re.S)
    after = tail.group() if tail else ""
    old, new = bug.old.removesuffix(after), bug.new.removesuffix(after)
    return f'if (cppworker::simulation::is_planted("{bug.name}")) {{ {new} }} else {{ {old} }}{after}'


def run(program: Path, *options: str) -> tuple[int, str]:
    result = subprocess.run(
        [program, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        text=True,
        env=os.environ | {"TSAN_OPTIONS": "halt_on_error=1"},
    )
    return result.returncode, result.stdout


def test(simulate: Path, race: Path) -> int:
    failed = 0
    for program in (simulate, race):
        code, output = run(program, *(["--seeds", "1..300"] if program == simulate else []))
        if code != 0:
            print(f"{program.name} fails without a planted bug:\n{output[-3000:]}")
            failed += 1
    for bug in BUGS:
        if bug.source == "coro/mailbox.cpp":
            code, output = run(race, "--planted", bug.name)
        else:
            code, output = run(simulate, "--planted", bug.name, "--seeds", f"1..{SEEDS}")
        found = re.search(bug.found, output)
        seed = re.search(r"seed (?:was )?(\d+)", output)
        if code == 0 or not found:
            print(f"NOT FOUND: {bug.name} (exit code {code})\n{output[-3000:]}")
            failed += 1
        else:
            print(f"found: {bug.name}: {found.group()!r}" + (f", seed {seed[1]}" if seed else ""))
    return 1 if failed else 0


def main() -> int:
    match sys.argv[1:]:
        case ["write", source, copy]:
            write(source, Path(copy))
            return 0
        case ["test", simulate, race]:
            return test(Path(simulate), Path(race))
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
