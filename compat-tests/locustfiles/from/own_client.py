import socket
import time

from locust import User, task
from locust.exception import LocustError


class LineClient:
    """Sends lines over TCP and reports each as a request."""

    def __init__(self, host, request_event):
        self.host = host
        self._request_event = request_event

    def connect(self):
        name, _, port = self.host.partition(":")
        self.sock = socket.create_connection((name, int(port)))

    def __getattr__(self, name):
        def wrapper(*args, **kwargs):
            start = time.perf_counter()
            try:
                self.sock.sendall(name.encode())
            except OSError as e:
                self._request_event.fire(
                    request_type="line", name=name, response_time=(time.perf_counter() - start) * 1000,
                    response_length=0, exception=e, context={},
                )
        return wrapper


class LineUser(User):
    abstract = True

    def __init__(self, environment):
        super().__init__(environment)
        if not self.host:
            raise LocustError("give a host")
        self.client = LineClient(self.host, environment.events.request)


class MyUser(LineUser):
    host = "localhost:4444"

    def wait_time(self):
        return 0.1

    @task
    def get_time(self):
        self.client.get_server_time()
        time.sleep(0.1)

    @task(2)
    def get_random_number(self):
        self.client.get_random_number(0, 100)
