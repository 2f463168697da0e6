"""Where cpp-worker deliberately behaves differently from a stock Python worker: the complete list.

`OF_THE_DOCUMENT` maps a name to what docs/PROTOCOL.md says in its table "Where we differ from a Python
worker on purpose" (first column; a test compares the two). test_differential.py lets no other
difference pass; test_deviations.py shows each one on both workers, `ELSEWHERE` says where others are.
"""

from __future__ import annotations

from support.settings import REPOSITORY

OF_THE_DOCUMENT = {
    "version": "`client_ready` carries the version",
    "final report before client_stopped": (
        "up to 3 s of statistics arrive after `client_stopped`, perhaps in the next run"
    ),
    "final report on a signal": "no final statistics on SIGTERM",
    "ready as soon as users have ended": "it sleeps another stop_timeout after the users have ended",
    "unknown class": "an unknown class: KeyError, no user starts",
    "users that end at once": "`spawning_complete` also counts users that have not begun yet",
    "tags": "tags are filtered once per process",
    "garbage": "a malformed message, or an unknown class in `update_user_class`, ends its receive loop",
    "master loss": (
        "it exits after 60 failed tries to connect, and 60 s after the last heartbeat; it never rejoins"
    ),
    "finer times": "response times are counted in whole milliseconds below 100",
    "float times": "response times may be integers if the locustfile reports integers",
    "bounded tables": "any number of names and failures",
    "exception text": "an `exception` carries the text alone in `msg`",
}

ELSEWHERE = {
    "version": "support/transcript.py lets both pass",
    "finer times": "test_author.py; test_differential.py runs with --response-time-precision=locust",
    "exception text": "support/transcript.py lets both pass",
    "tags": "test_tasks.py::test_tags_are_filtered_at_each_start_of_a_test",
    "master loss": "test_delivery.py and test_bad_input.py",
}


def of_the_document() -> list[str]:
    """The first column of the table in docs/PROTOCOL.md."""
    text = (REPOSITORY / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
    section = text.split("## Where we differ from a Python worker on purpose", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [row.split(" | ")[0].removeprefix("|").strip() for row in rows[2:]]
