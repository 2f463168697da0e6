"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import os
import random
import socket

from .settings import LOOPBACK

# Below the kernel's ephemeral range (32768 and up), so that no outgoing connection of a test takes
# a port between the moment it is found free and the moment the process under test binds it.
_RANGE = range(20000, 32000)
_random = random.Random(os.getpid())


def free_port() -> int:
    """A port that nobody listens on now."""
    while True:
        port = _random.choice(_RANGE)
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
