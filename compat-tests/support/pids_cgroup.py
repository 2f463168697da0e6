"""A cgroup with a limit of processes and threads, as `docker run --pids-limit` makes one."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from .settings import PATIENCE

_V1, _V2 = Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")
_numbers = itertools.count()


def _parent() -> Path | None:
    if _V1.is_dir():
        return _V1
    controllers = _V2 / "cgroup.subtree_control"
    return _V2 if controllers.exists() and "pids" in controllers.read_text().split() else None


def why_not_here() -> str | None:
    """A reason to skip tests that need such a cgroup, or None."""
    if os.geteuid() != 0:
        return "a cgroup needs root"
    parent = _parent()
    if parent is None or not os.access(parent, os.W_OK):
        return "no pids cgroups can be made here"
    return None


class PidsCgroup:
    """Starts programs in it by `prefix`; they and their threads are `most` at once."""

    def __init__(self, most: int):
        self._folder = _parent() / f"cpp-worker-test-{os.getpid()}-{next(_numbers)}"
        self._folder.mkdir()
        (self._folder / "pids.max").write_text(str(most))
        self.prefix = ["sh", "-c", f'echo $$ > {self._folder}/cgroup.procs; exec "$@"', "sh"]

    def close(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:  # the kernel takes a moment to forget processes that have ended
            try:
                return self._folder.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
