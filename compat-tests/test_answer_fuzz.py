"""Generated answers have the same outcome in both engines of HttpUser, and in its namesake; see answer_fuzz.py."""

from __future__ import annotations

import pytest

import answer_fuzz
from support.workers import SELF_CHECK


@pytest.mark.skipif(SELF_CHECK, reason="Python's users have one engine")
def test_generated_answers_have_the_same_outcome():
    found = answer_fuzz.run(0, 1_500, 10, ["curl", "requests", "fast"])
    unexplained = [difference for difference in found if answer_fuzz.reason(difference) is None]
    assert not unexplained, "\n".join(str(difference) for difference in unexplained)
    assert len(found) > 100, "broken answers that make no difference at all are not broken"
