"""dnsmasq on a free port, for examples/dns."""

from __future__ import annotations

import re
from collections import Counter

from .ports import free_port
from .processes import Process
from .settings import LOOPBACK

ADDRESS = "192.0.2.7"


class DnsServer:
    """Has an address and a mail server for shop.test. No other name in .test exists."""

    def __init__(self):
        port = free_port()
        self.address = f"{LOOPBACK}:{port}"
        self._process = Process(
            "dnsmasq",
            [
                *("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user="),
                *(f"--port={port}", f"--listen-address={LOOPBACK}", "--bind-interfaces", "--log-queries"),
                *(f"--address=/shop.test/{ADDRESS}", "--mx-host=shop.test,mail.shop.test", "--local=/test/", "--log-facility=-"),
            ],
        )
        self._process.expect("started, version")

    def queries(self) -> Counter[str]:
        """How many queries the server has received, by type and name: "A shop.test"."""
        return Counter(f"{kind} {name}" for kind, name in re.findall(r"query\[(\w+)\] (\S+) from", self._process.output))

    def stop(self) -> None:
        self._process.stop()
