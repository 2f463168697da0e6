"""The same script for a stock Python worker and for cpp-worker: their answers must be equal."""

from __future__ import annotations

import threading

import pytest

from scenarios import SCENARIOS
from support.stage import Stage
from support.transcript import Transcript
from support.workers import SELF_CHECK, cpp_worker, stock_worker


@pytest.mark.parametrize("name", SCENARIOS)
def test_answers_are_those_of_a_stock_worker(name):
    stock, ours = play(name, stock_worker), play(name, cpp_worker_with_locusts_times)
    stock.join()
    ours.join()
    assert_equal(stock.result(), ours.result())


def cpp_worker_with_locusts_times(port: int):
    return cpp_worker(port, options=["--response-time-precision=locust"])


class play(threading.Thread):
    """Plays a scenario to one kind of worker, in the background."""

    def __init__(self, name: str, start_worker):
        super().__init__(daemon=True)
        self._scenario, self._start_worker = SCENARIOS[name], start_worker
        self._result: Transcript | None = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            # A stock worker that reconnects is sometimes ignored by a stock ROUTER; ours must not be.
            stage = Stage(self._start_worker, handover=self._start_worker is stock_worker or SELF_CHECK)
            try:
                self._scenario(stage)
                self._result = stage.transcript()
            finally:
                stage.close()
        except BaseException as error:
            self._error = error

    def result(self) -> Transcript:
        if self._error is not None:
            raise self._error
        return self._result


def assert_equal(stock: Transcript, ours: Transcript) -> None:
    """Step by step, so that the first difference is what a failing test shows."""
    for (name, expected), (_, answer) in zip(stock.steps, ours.steps, strict=True):
        assert answer == expected, f"in step {name!r}"
    assert ours.states == stock.states
    for kind, expected in stock.shapes.items():
        assert ours.shapes[kind] == expected, f"fields of a {kind}"
    for kind, expected in stock.totals.items():
        assert ours.totals[kind] == expected, f"sum of all reports: {kind}"
    assert ours.exit_code == stock.exit_code
