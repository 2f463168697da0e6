"""The end of a run with thousands of connected users: each one may close its connection in order, as MQTT clients do by DISCONNECT."""

from __future__ import annotations

import selectors
import socket
import threading
from collections import Counter

from support.ports import free_port
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK
from support.workers import cpp_worker, print_locustfile, stock_master

USERS = 8_000
LOCUSTFILE = LOCUSTFILES / "many_connections.cpp"


class LineServer:
    """Sends each line back, and counts the lines."""

    def __init__(self):
        self.lines: Counter[str] = Counter()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=4096)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self.port = self._listener.getsockname()[1]
        self._ends = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ends:
            for key, _ in self._selector.select(0.1):
                self._accept() if key.fileobj is self._listener else self._read(key.fileobj)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket) -> None:
        try:
            line = connection.recv(64)
        except ConnectionResetError:
            line = b""
        if not line:
            self._selector.unregister(connection)
            connection.close()
            return
        self.lines[line.decode().strip()] += 1
        connection.sendall(line)

    def stop(self) -> None:
        self._ends = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()


def test_all_users_say_goodbye_when_a_headless_master_quits(ended, tmp_path):
    """The master has stopped reading long before: it reads for 0.5 s after its `quit`."""
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(print_locustfile(LOCUSTFILE))
    server = ended(LineServer())
    port = free_port()
    worker = ended(cpp_worker(port, LOCUSTFILE, env={"MANY_PORT": str(server.port)}))
    master = ended(
        stock_master(
            port, locustfile,
            options=["--headless", "--expect-workers", 1, "-u", USERS, "-r", 2_000, "-t", "8s", "--only-summary"],
        )
    )  # fmt: skip
    assert master.wait(COMPILE_PATIENCE) == 0, master.output
    assert worker.wait(COMPILE_PATIENCE) == 0, worker.output
    assert "All users spawned" in master.output
    assert server.lines == {"hello": USERS, "bye": USERS}
    assert "did not stop in time" not in worker.output
