"""The Python twin of locustfile.cpp, with Locust's DNSUser. It needs dnspython."""

import os

from locust import between, task
from locust.contrib.dns import DNSUser

import dns.message


class DnsUser(DNSUser):
    wait_time = between(0.05, 0.15)
    timeout = float(os.environ.get("DNS_TIMEOUT", 5))

    def udp(self, name, record="A", row=None):
        host, _, port = self.host.rpartition(":")
        message = dns.message.make_query(name, record)
        self.client.udp(message, host, timeout=self.timeout, port=int(port), name=row)

    @task(3)
    def shop(self):
        self.udp("shop.test", row="shop.test")

    @task
    def mail(self):
        self.udp("shop.test", "MX", row="shop.test MX")

    @task
    def missing(self):
        self.udp("missing.test")
