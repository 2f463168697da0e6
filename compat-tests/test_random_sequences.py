"""Random sequences of faults and commands with a stock master: each request is counted once, or given up in the log.

`SEQUENCES=200` plays 200 of them; without it, a few. `SEQUENCES=17:1` plays the one with the seed 17.
"""

from __future__ import annotations

import os

import pytest

from support.sequence import play_all

FEW = "1:4"


def seeds() -> list[int]:
    """`COUNT` or `FIRST:COUNT`."""
    first, _, count = os.environ.get("SEQUENCES", FEW).rpartition(":")
    begin = int(first or 1)
    return list(range(begin, begin + int(count)))


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_every_request_is_counted_once(tmp_path):
    faults = play_all(seeds(), tmp_path, at_once=min(8, (len(seeds()) + 3) // 4))
    assert not faults, "\n".join(faults)
