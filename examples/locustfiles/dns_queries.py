import random
import socket
import struct

from locust import User, between, task


class DnsClient:
    """A client for DNS over UDP (RFC 1035)."""

    def __init__(self, environment, address):
        self.environment = environment
        host, _, port = address.rpartition(":")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((host, int(port)))
        self.socket.settimeout(5)

    def look_up(self, name):
        """Asks for the IPv4 addresses of a name. A lost datagram is a failure after 5 seconds."""
        with self.environment.events.request.measure("DNS", name) as request:
            query_id = random.randint(0, 0xFFFF)
            self.socket.send(self.query(query_id, name))
            answer = self.socket.recv(65535)
            while struct.unpack_from("!H", answer)[0] != query_id:
                answer = self.socket.recv(65535)  # of an older query
            request["response_length"] = len(answer)
            _, flags, _, answers = struct.unpack_from("!4H", answer)
            if flags & 0xF:
                raise RuntimeError(f"the server answers with code {flags & 0xF}")
            if answers == 0:
                raise RuntimeError("the answer has no address")

    @staticmethod
    def query(query_id, name):
        """One question, for type A (1) of class IN (1); the flag asks for recursion."""
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        return struct.pack("!6H", query_id, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


class DnsUser(User):
    wait_time = between(0.05, 0.15)

    def __init__(self, environment):
        super().__init__(environment)
        self.dns = DnsClient(environment, self.host)

    @task(3)
    def shop(self):
        self.dns.look_up("shop.test")

    @task
    def missing(self):
        self.dns.look_up("missing.test")
