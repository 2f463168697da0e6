"""Child processes whose log lines the tests wait for; each is ended by its own id."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from .settings import PATIENCE


_COMPLAINT = r"/(WARNING|ERROR|CRITICAL)/|Traceback|Unknown message type|different version|Discarded"
_BUSY_MACHINE = r"CPU usage|Response times are inflated|blocked its thread|No Locust master at"
"""Complaints that a test may get on a machine with other things to do."""


class Process:
    """One child process: its output is read line by line, `stop()` always ends it.

    @param is_read False: nobody reads its output before `begin_reading()`, so that the pipe fills up.
    """

    def __init__(
        self,
        name: str,
        command: list,
        *,
        cwd: Path | None = None,
        env: dict | None = None,
        is_read: bool = True,
    ):
        self.name = name
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._popen = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=_clean_environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A shell starts background jobs with SIGINT ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        if is_read:
            self.begin_reading()

    def begin_reading(self) -> None:
        """Once, if it was started with `is_read=False`."""
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def output(self) -> str:
        with self._changed:
            return "\n".join(self.lines)

    def expect(self, pattern: str, *, count: int = 1, patience: float = PATIENCE) -> re.Match:
        """Waits for the `count`-th line that matches `pattern`."""
        deadline = time.monotonic() + patience
        regex = re.compile(pattern)
        with self._changed:
            while True:
                matches = [m for m in map(regex.search, self.lines) if m]
                if len(matches) >= count:
                    return matches[count - 1]
                ended = not self._reader.is_alive()
                if ended or not self._changed.wait(timeout=deadline - time.monotonic()):
                    raise AssertionError(
                        f"{self.name} {'ended' if ended else 'did not'} without line {count} of /{pattern}/;"
                        " its output:\n" + "\n".join(self.lines)
                    )

    def matching(self, pattern: str) -> list[str]:
        with self._changed:
            return [line for line in self.lines if re.search(pattern, line)]

    def complaints(self) -> list[str]:
        """Warnings and errors in its output, but for those of a busy machine."""
        return [line for line in self.matching(_COMPLAINT) if not re.search(_BUSY_MACHINE, line)]

    def is_running(self) -> bool:
        return self._popen.poll() is None

    def signal(self, number: int) -> None:
        self._popen.send_signal(number)

    def wait(self, patience: float = PATIENCE) -> int:
        """The exit code, when the process has ended by itself."""
        try:
            code = self._popen.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} is still running; its output:\n{self.output}") from None
        self._reader.join(timeout=PATIENCE)
        return code

    def stop(self) -> None:
        """Ends the process: politely, then by force."""
        if self._reader.ident is None:
            self.begin_reading()
        for number, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, PATIENCE)):
            if self._popen.poll() is None:
                self._popen.send_signal(number)
                try:
                    self._popen.wait(timeout=seconds)
                except subprocess.TimeoutExpired:
                    continue
        self._reader.join(timeout=PATIENCE)
        self._popen.stdout.close()

    def _read(self) -> None:
        for raw in self._popen.stdout:
            with self._changed:
                self.lines.append(raw.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


def _clean_environment(extra: dict) -> dict:
    """The caller's environment without Locust's own settings; output unbuffered and untranslated."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LOCUST_", "CPPWORKER_"))}
    return kept | {"PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"} | extra
