"""One worker and its scripted master: where a scenario is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .processes import Process
from .scripted_master import ScriptedMaster
from .settings import PATIENCE
from .transcript import Transcript, add_up, transcribe
from .wire import Message


class Stage:
    """Scenarios call `step()` before each thing the master does; the transcript is cut there."""

    def __init__(self, start_worker: Callable[..., Process], **master_options):
        self.master = ScriptedMaster(**master_options)
        self._steps: list[tuple[str, int]] = [("connect", 0)]
        self._exit_code: int | None = None
        try:
            self.worker = start_worker(self.master.port)
        except BaseException:
            self.master.close()
            raise

    def close(self) -> None:
        try:
            self.worker.stop()
        finally:
            self.master.close()

    def step(self, name: str) -> None:
        self._steps.append((name, self.master.mark()))

    @property
    def since(self) -> int:
        """The mark at which the step began."""
        return self._steps[-1][1]

    def wait(
        self, message_type: str, test: Callable[[Any], bool] = lambda data: True, *, count: int = 1
    ) -> Message:
        """Waits for a message sent since the step began."""
        return self._or_explain(
            lambda: self.master.wait_for(message_type, test, since=self.since, count=count)
        )

    def wait_connected(self) -> None:
        self.wait("client_ready")
        self.wait_state("ready")
        self.wait("stats")

    def wait_state(self, state: str) -> None:
        """Waits for a heartbeat, sent from now on, with this state."""
        since = self.master.mark()
        self._or_explain(
            lambda: self.master.wait_for("heartbeat", lambda data: data["state"] == state, since=since)
        )

    def wait_counted(self, method: str, name: str, requests: int) -> None:
        """Waits until all reports since the worker started add up to so many requests."""

        def counted() -> bool:
            reports = [m.data for m in self.master.messages if m.type == "stats"]
            return self._requests(reports, method, name) >= requests

        self._or_explain(lambda: self.master.wait_until(counted, f"{requests} requests {method} {name}"))

    def wait_exit(self) -> int:
        self._exit_code = self.worker.wait(PATIENCE)
        return self._exit_code

    def transcript(self) -> Transcript:
        messages = self.master.messages
        ends = [begin for _, begin in self._steps[1:]] + [len(messages)]
        steps = [(name, messages[begin:end]) for (name, begin), end in zip(self._steps, ends, strict=True)]
        return transcribe(steps, self._exit_code)

    @staticmethod
    def _requests(reports: list[dict], method: str, name: str) -> int:
        return add_up(reports)["rows"].get((method, name), {}).get("num_requests", 0)

    def _or_explain(self, wait: Callable[[], Any]) -> Any:
        try:
            return wait()
        except AssertionError as error:
            raise AssertionError(f"{error}\nOutput of {self.worker.name}:\n{self.worker.output}") from None
