"""A master that does what a test tells it to, and remembers all that a worker sends."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import zmq

from . import wire
from .settings import LOOPBACK, PATIENCE
from .wire import Message

PERIODIC = ("heartbeat", "stats", "logs")
"""Types that a worker sends by its own clock: their place among the others decides nothing."""


class ScriptedMaster:
    """A ROUTER socket on a thread of its own. Answers like a stock master unless told not to.

    A stock master answers the heartbeats only of workers that have introduced themselves to it.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        answer_ready: bool = True,
        answer_heartbeats: bool = True,
        handover: bool = False,
        host: str = LOOPBACK,
    ):
        self.answer_ready = answer_ready
        self.answer_heartbeats = answer_heartbeats
        self._messages: list[Message] = []
        self._undecodable: list[bytes] = []
        self._changed = threading.Condition()
        self._outgoing: queue.Queue[tuple[bytes, bytes]] = queue.Queue()
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        # A stock master has it off, and ignores for good a worker that reconnects too fast.
        self._socket.setsockopt(zmq.ROUTER_HANDOVER, int(handover))
        if port:
            self._socket.bind(f"tcp://{host}:{port}")
            self.port = port
        else:
            self.port = self._socket.bind_to_random_port(f"tcp://{host}", min_port=12000, max_port=20000)
        self._last_timestamp = 0.0
        self._introduced: set[bytes] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        self._context.destroy(linger=0)

    # What the worker has said

    @property
    def messages(self) -> list[Message]:
        with self._changed:
            return list(self._messages)

    @property
    def undecodable(self) -> list[bytes]:
        with self._changed:
            return list(self._undecodable)

    def of_type(self, message_type: str, since: int = 0) -> list[Message]:
        return [m for m in self.messages[since:] if m.type == message_type]

    def mark(self) -> int:
        """The number of messages so far: a `since` for the other methods."""
        return len(self.messages)

    def wait_for(
        self,
        message_type: str,
        test: Callable[[Any], bool] = lambda data: True,
        *,
        since: int = 0,
        count: int = 1,
        patience: float = PATIENCE,
    ) -> Message:
        """The `count`-th message of a type after `since` whose data passes `test`."""

        def find() -> Message | None:
            found = [m for m in self._messages[since:] if m.type == message_type and test(m.data)]
            return found[count - 1] if len(found) >= count else None

        return self.wait_until(find, f"message {count} of type {message_type}", patience=patience)

    def wait_until(self, condition: Callable[[], Any], what: str, *, patience: float = PATIENCE) -> Any:
        """Waits until `condition`, looked at after each message, gives something true; gives it back."""
        deadline = time.monotonic() + patience
        with self._changed:
            while not (result := condition()):
                if not self._changed.wait(timeout=max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f"no {what} within {patience} s; {self._seen()}")
            return result

    @property
    def worker(self) -> str:
        """Node id of the worker that spoke last."""
        return self.messages[-1].node_id

    # What the master says

    def send(self, message_type: str, data: Any = None, *, to: str | None = None) -> None:
        node_id = to or self.worker
        self.send_bytes(wire.encode(message_type, data, node_id), to=node_id)

    def send_bytes(self, frame: bytes, *, to: str | None = None) -> None:
        """Any bytes as one frame."""
        self._outgoing.put(((to or self.worker).encode(), frame))

    def spawn(
        self,
        targets: dict[str, int],
        *,
        host: str | None = None,
        stop_timeout: float | None = 0.0,
        parsed_options: dict | None = None,
        timestamp: float | None = None,
    ) -> float:
        """Sends absolute targets per class; gives back the timestamp sent."""
        if timestamp is None:
            timestamp = max(time.time(), self._last_timestamp + 1e-6)
        self._last_timestamp = max(timestamp, self._last_timestamp)
        data = {
            "timestamp": timestamp,
            "user_classes_count": targets,
            "host": host,
            "stop_timeout": stop_timeout,
            "parsed_options": parsed_options or {},
        }
        self.send("spawn", data)
        return timestamp

    def _seen(self) -> str:
        periodic = [m.type for m in self._messages if m.type in PERIODIC]
        counts = ", ".join(f"{periodic.count(name)} {name}" for name in PERIODIC)
        others = "\n".join(f"  {m.type} {m.data!r}"[:300] for m in self._messages if m.type not in PERIODIC)
        return f"seen, beside {counts}:\n{others}"

    def _run(self) -> None:
        while not self._end.is_set():
            while not self._outgoing.empty():
                self._socket.send_multipart(list(self._outgoing.get()))
            if self._socket.poll(10):
                identity, *frames = self._socket.recv_multipart()
                for frame in frames:
                    self._receive(identity, frame)

    def _receive(self, identity: bytes, frame: bytes) -> None:
        try:
            message = wire.decode(frame)
        except ValueError:
            with self._changed:
                self._undecodable.append(frame)
                self._changed.notify_all()
            return
        if message.type == "client_ready":
            self._introduced.add(identity)
        if message.type == "client_ready" and self.answer_ready:
            self._answer(identity, "ack", {"index": 0})
        elif message.type == "heartbeat" and self.answer_heartbeats and identity in self._introduced:
            self._answer(identity, "heartbeat", None)
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()

    def _answer(self, identity: bytes, message_type: str, data: Any) -> None:
        self._socket.send_multipart([identity, wire.encode(message_type, data, identity.decode())])
