import socket

from locust import User, between, task


class EchoClient:
    """A client for a line protocol; the server echoes each line."""

    def __init__(self, environment, address):
        self.environment = environment
        host, _, port = address.rpartition(":")
        self.stream = socket.create_connection((host, int(port))).makefile("rwb")

    def echo(self, line):
        with self.environment.events.request.measure("ECHO", line) as request:
            self.stream.write(line.encode() + b"\n")
            self.stream.flush()
            answer = self.stream.readline()
            request["response_length"] = len(answer)
            if answer != line.encode() + b"\n":
                raise RuntimeError("the echo differs from the line")


class EchoUser(User):
    wait_time = between(0.05, 0.15)

    def __init__(self, environment):
        super().__init__(environment)
        self.client = EchoClient(environment, self.host)

    @task
    def hello(self):
        self.client.echo("hello")

    @task
    def goodbye(self):
        self.client.echo("goodbye")
