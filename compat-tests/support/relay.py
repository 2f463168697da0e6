"""A relay between workers and a master that records every frame as it went over the wire."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import zmq

from .settings import LOOPBACK

TO_MASTER = "worker_to_master"
TO_WORKER = "master_to_worker"


@dataclass(frozen=True)
class Recorded:
    direction: str
    frame: bytes


class Relay:
    """Listens like a master; each worker gets a connection of its own, under its own identity."""

    def __init__(self, listen_port: int, master_port: int):
        self.recorded: list[Recorded] = []
        self._master = f"tcp://{LOOPBACK}:{master_port}"
        self._context = zmq.Context()
        self._front = self._context.socket(zmq.ROUTER)
        self._front.setsockopt(zmq.ROUTER_HANDOVER, 1)
        self._front.bind(f"tcp://{LOOPBACK}:{listen_port}")
        self._back: dict[bytes, zmq.Socket] = {}
        self._to_inject: list[bytes] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def inject(self, frame: bytes) -> None:
        """Sends `frame` to the master as if each of the workers had sent it. Not recorded."""
        self._to_inject.append(frame)

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        self._context.destroy(linger=0)

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._front, zmq.POLLIN)
        while not self._end.is_set():
            ready = dict(poller.poll(50))
            if self._front in ready:
                identity, frame = self._front.recv_multipart()
                if identity not in self._back:
                    self._back[identity] = self._connect(identity)
                    poller.register(self._back[identity], zmq.POLLIN)
                self.recorded.append(Recorded(TO_MASTER, frame))
                self._back[identity].send(frame)
            for identity, socket in self._back.items():
                if socket in ready:
                    frame = socket.recv()
                    self.recorded.append(Recorded(TO_WORKER, frame))
                    self._front.send_multipart([identity, frame])
            while self._to_inject:
                frame = self._to_inject.pop()
                for socket in self._back.values():
                    socket.send(frame)

    def _connect(self, identity: bytes) -> zmq.Socket:
        socket = self._context.socket(zmq.DEALER)
        socket.setsockopt(zmq.IDENTITY, identity)
        socket.connect(self._master)
        return socket
