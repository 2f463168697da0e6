"""A stock master, a Python worker and a cpp-worker with twin locustfiles: what each of the workers has reported."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from .ports import free_port
from .processes import Process
from .reports import Reports, read_reports
from .settings import BINARY, LOCUSTFILES, LOOPBACK, PATIENCE, VENV
from .workers import CACHE, SELF_CHECK, compile_once


class TwinCluster:
    """Each worker runs half of the users. The master starts them when both workers are there.

    @param locustfile The path of a pair of twins, without `.py` and `.cpp`.
    @param options More of the master's options.
    """

    def __init__(
        self,
        ended,
        folder: Path,
        locustfile: Path,
        users: int,
        *,
        host: str = LOOPBACK,
        options=(),
        env: dict[str, str] | None = None,
    ):
        compile_once(locustfile.with_suffix(".cpp"))
        self._reports = folder / "reports"
        env = {"REPORTS": str(self._reports), **(env or {})}
        cwd, port = locustfile.parent, free_port()
        locust = [VENV / "bin" / "locust", "-f"]
        addresses = ["--master-host", LOOPBACK, "--master-port", port]
        self.master = ended(
            Process(
                "stock master",
                [
                    *(*locust, f"{locustfile}.py,{LOCUSTFILES / 'reports.py'}", "--master", "--headless"),
                    *("--master-bind-host", LOOPBACK, "--master-bind-port", port, "--expect-workers", 2),
                    *("-u", users, "-r", 100, "--host", host, "--run-time", "600s", *options),
                ],
                cwd=cwd,
                env=env,
            )
        )
        python = [*locust, f"{locustfile}.py", "--worker", *addresses]
        cpp = [BINARY, "-f", f"{locustfile}.cpp", *addresses, "--threads=2"]
        self.workers = [ended(Process("stock worker", python, cwd=cwd, env=env))]
        self.master.expect("reported as ready")
        env = env | {"CPPWORKER_CACHE_DIR": str(CACHE)}
        self.workers.append(ended(Process("cpp-worker", python if SELF_CHECK else cpp, cwd=cwd, env=env)))

    def reports(self) -> tuple[Reports, Reports]:
        """The reports of the Python worker and of ours until now."""
        first, second = re.findall(r"(\S+) \(index \d\) reported as ready", self.master.output)[:2]
        reports = read_reports(self._reports) if self._reports.exists() else {}
        return reports.get(first, Reports([])), reports.get(second, Reports([]))

    def wait_reported(self, row: str, requests: int) -> None:
        """Waits until each of the workers has reported this number of requests."""
        self.wait_until(lambda reports: reports.requests[row] >= requests)

    def wait_until(self, condition: Callable[[Reports], bool]) -> None:
        """Waits until the condition holds for the reports of each worker."""
        self.master.expect("reported as ready", count=2)
        deadline = time.monotonic() + PATIENCE
        while not all(map(condition, self.reports())):
            assert time.monotonic() < deadline, "\n".join(process.output for process in (self.master, *self.workers))
            time.sleep(0.1)

    def finish(self) -> tuple[Reports, Reports]:
        """Ends the test. All reports of the Python worker and of ours."""
        self.master.signal(signal.SIGINT)
        self.master.wait(PATIENCE)
        return self.reports()
