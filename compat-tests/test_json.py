"""tests/golden/json_texts.json, which the unit tests of the JSON reader follow, is what this Python's json says."""

from __future__ import annotations

import importlib.util
import json

from support.settings import REPOSITORY

GOLDEN = REPOSITORY / "tests" / "golden"


def test_the_recorded_results_are_those_of_python():
    specification = importlib.util.spec_from_file_location("record_json", GOLDEN / "record_json.py")
    recorder = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(recorder)
    recorded = json.loads((GOLDEN / "json_texts.json").read_text())
    for text, result in recorded["texts"] + recorded["random"]:
        assert recorder.result(text) == result, text
    for raw, result in recorded["bytes"]:
        assert recorder.result(bytes.fromhex(raw).decode(errors="replace")) == result, raw
