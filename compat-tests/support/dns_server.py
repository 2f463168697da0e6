"""dnsmasq on a free port, for examples/locustfiles/dns_queries."""

from __future__ import annotations

import re
from collections import Counter

from .ports import free_port
from .processes import Process
from .settings import LOOPBACK

ADDRESS = "192.0.2.7"


class DnsServer:
    """Knows shop.test; every other name in .test does not exist."""

    def __init__(self):
        port = free_port()
        self.address = f"{LOOPBACK}:{port}"
        self._process = Process(
            "dnsmasq",
            [
                *("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user="),
                *(f"--port={port}", f"--listen-address={LOOPBACK}", "--bind-interfaces", "--log-queries"),
                *(f"--address=/shop.test/{ADDRESS}", "--local=/test/", "--log-facility=-"),
            ],
        )
        self._process.expect("started, version")

    def queries(self) -> Counter[str]:
        """How often the server was asked for the IPv4 address of each name."""
        return Counter(re.findall(r"query\[A\] (\S+) from", self._process.output))

    def stop(self) -> None:
        self._process.stop()
