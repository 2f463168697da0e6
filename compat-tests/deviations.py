"""Where cpp-worker answers otherwise than a stock Python worker, on purpose: the whole list.

It equals the table "Where we deviate on purpose" of the protocol page. test_differential.py lets no
other difference pass; test_deviations.py shows each one of these, on both workers.
"""

DEVIATIONS = {
    "final report before client_stopped": (
        "last <= 3 s of a run arrive after client_stopped (may fall into the next run)",
        "a stats right before client_stopped",
    ),
    "final report on SIGTERM": (
        "no final stats on SIGTERM",
        "final stats, then quit",
    ),
    "ready as soon as users have ended": (
        "sleeps stop_timeout again after the users have ended",
        "client_ready as soon as they have (plus the env wait)",
    ),
    "unknown class": (
        "unknown class: KeyError, no user starts",
        "known classes run, the master is told (exception + log), true counts",
    ),
    "tags": (
        "tags filtered once per process",
        "at each test start",  # cpp-worker has no tags yet: nothing to show
    ),
    "garbage": (
        "garbage makes it deaf for good; unknown class in update_user_class ends the loop",
        "logged, counted, ignored",
    ),
    "master loss": (
        "gives up connecting after 60 tries; quits 60 s after the last master heartbeat; never rejoins",
        "--on-master-loss, --connect-timeout: test_delivery.py, test_bad_input.py",
    ),
}
