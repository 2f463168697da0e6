"""A program in a terminal, and the screen that a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from .settings import PATIENCE

_PIECE = re.compile(r"\x1b\[K|[\r\n]|[^\r\n\x1b]+")


class Screen:
    """The contents of a terminal of unlimited height. It supports only what cpp-worker may write: text, `\\r`, `\\n` and
    the sequence that erases the rest of the line."""

    def __init__(self, columns: int):
        self._columns = columns
        self._rows: list[str] = [""]
        self._continued: list[bool] = [False]
        self._column = 0
        self._rest = ""

    def feed(self, text: str) -> None:
        text = self._rest + text
        at = 0
        while at < len(text):
            piece = _PIECE.match(text, at)
            if piece is None:
                break
            self._apply(piece[0])
            at = piece.end()
        self._rest = text[at:]
        assert len(self._rest) < 3, f"unknown sequence {self._rest[:8]!r}"

    def lines(self) -> list[str]:
        """From top to bottom; a line that was too long for a row is one line."""
        lines: list[str] = []
        for row, continued in zip(self._rows, self._continued):
            if continued:
                lines[-1] += row
            else:
                lines.append(row)
        return [line.rstrip() for line in lines]

    def _apply(self, piece: str) -> None:
        if piece == "\r":
            self._column = 0
        elif piece == "\n":
            self._new_row(continued=False)
        elif piece == "\x1b[K":
            self._rows[-1] = self._rows[-1][: self._column]
        else:
            for character in piece:
                if self._column == self._columns:
                    self._new_row(continued=True)
                    self._column = 0
                row = self._rows[-1].ljust(self._column)
                self._rows[-1] = row[: self._column] + character + row[self._column + 1 :]
                self._column += 1

    def _new_row(self, continued: bool) -> None:
        self._rows.append("")
        self._continued.append(continued)


class Terminal:
    """One program in a terminal of its own."""

    def __init__(self, command: list, columns: int, env: dict[str, str]):
        self.screen = Screen(columns)
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
            kept = {k: v for k, v in os.environ.items() if not k.startswith(("LOCUST_", "CPPWORKER_"))}
            os.execve(command[0], [str(word) for word in command], kept | env)
        self._code: int | None = None

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def until(self, condition, patience: float = PATIENCE) -> None:
        """Reads until the condition holds for the lines on the screen."""
        deadline = time.monotonic() + patience
        while not condition(self.screen.lines()):
            assert time.monotonic() < deadline and self._read(1), "\n".join(self.screen.lines())

    def wait(self, patience: float = PATIENCE) -> int:
        """Reads the remaining output. Returns the exit code."""
        deadline = time.monotonic() + patience
        while self._read(1):
            assert time.monotonic() < deadline, "\n".join(self.screen.lines())
        self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def stop(self) -> None:
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)

    def _read(self, seconds: float) -> bool:
        """False if the program has closed the terminal."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # Linux: the other end is closed
            return False
        self.screen.feed(data.decode(errors="replace"))
        return bool(data)
