"""The servers that are asked: the cheap one of server/, and nginx."""

import itertools
import re
import shutil
import socket
import struct
import subprocess
import time
import urllib.request
from contextlib import contextmanager

from .machine import BUILD, ROOT, SERVER_CPU, Failed, free_port, process, wait_until

CERTIFICATE, KEY = BUILD / "certificate.pem", BUILD / "key.pem"
# Each generator asks an address of its own: the ports of closed connections stay taken for a minute.
_addresses = itertools.cycle(range(2, 250))
_SUBJECT_NAME = "IP:127.0.0.1"


def _compile(name, *libraries):
    binary, source = BUILD / name, ROOT / f"benchmarks/server/{name}.cpp"
    newest = max(path.stat().st_mtime for path in (source, *source.parent.glob("*.hpp")))
    if not binary.exists() or binary.stat().st_mtime < newest:
        subprocess.run(["g++", "-std=c++20", "-O2", "-pthread", "-o", binary, source, *libraries], check=True)


def build():
    _compile("fixed_answer_server", "-lssl", "-lcrypto")
    _compile("live_server", "-lcrypto")
    _compile("bare_live_client")
    _compile("grpc_echo_server", "-lnghttp2")
    _compile("bare_grpc_client", "-lnghttp2")
    if not CERTIFICATE.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-subj", "/CN=benchmarks", "-addext", f"subjectAltName={_SUBJECT_NAME}", "-days", "3650",
             "-keyout", KEY, "-out", CERTIFICATE], check=True, stderr=subprocess.DEVNULL)  # fmt: skip


class Server:
    def __init__(self, ports, served, addresses=_addresses):
        self._ports = ports  # by scheme
        self._addresses = addresses
        self._served = served

    def host(self, scheme="http"):
        """A base URL on the next address."""
        return f"{scheme}://127.0.0.{next(self._addresses)}:{self._ports[scheme]}"

    def served(self):
        return self._served()


def _get(url):
    with urllib.request.urlopen(url) as response:
        return response.read().decode()


@contextmanager
def fixed_answers(cpus=(SERVER_CPU,), awake_us=1000):
    """The cheap one. It sleeps only `awake_us` after its last event."""
    command = [BUILD / "fixed_answer_server", CERTIFICATE, KEY, awake_us, *cpus]
    with process(*command, stdout=subprocess.PIPE, text=True) as child:
        port, tls_port = map(int, child.stdout.readline().split())
        yield Server({"http": port, "https": tls_port}, lambda: int(_get(f"http://127.0.0.1:{port}/served")))


@contextmanager
def live():
    """For live connections. It sleeps when nothing arrives."""
    with process(BUILD / "live_server", cpus=[SERVER_CPU], stdout=subprocess.PIPE, text=True) as child:
        port = int(child.stdout.readline())
        yield Server({"http": port, "mqtt": port}, lambda: int(_get(f"http://127.0.0.1:{port}/served")))


@contextmanager
def grpc_echo():
    """For gRPC calls. It sleeps only a millisecond after its last event."""
    counter = BUILD / "grpc_answers"
    with process(BUILD / "grpc_echo_server", counter, cpus=[SERVER_CPU], stdout=subprocess.PIPE, text=True) as child:
        ports = {"grpc": int(child.stdout.readline())}
        yield Server(ports, lambda: struct.unpack("Q", counter.read_bytes())[0], addresses=itertools.repeat(1))


MOSQUITTO = """
user root
log_type error
allow_anonymous true
set_tcp_nodelay true
listener {port} 127.0.0.1
listener {tls_port} 127.0.0.1
certfile {certificate}
keyfile {key}
"""


def mosquitto_unavailable():
    return None if shutil.which("mosquitto") else "mosquitto is not installed"


@contextmanager
def mosquitto():
    ports = {"mqtt": free_port(), "mqtts": free_port()}
    config = BUILD / "mosquitto.conf"
    config.write_text(MOSQUITTO.format(port=ports["mqtt"], tls_port=ports["mqtts"], certificate=CERTIFICATE, key=KEY))
    with process("mosquitto", "-c", config, cpus=[SERVER_CPU], stderr=subprocess.DEVNULL) as child:

        def listens():
            if child.poll() is not None:
                raise Failed("mosquitto did not start")
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", ports["mqtt"])) == 0

        wait_until(listens, "mosquitto listens", 10)
        yield Server(ports, None, addresses=itertools.repeat(1))


NGINX = """
worker_processes 1; daemon off; pid {build}/nginx.pid; error_log stderr crit; worker_rlimit_nofile 20000;
events {{ worker_connections 19000; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_temp_path {build}; proxy_temp_path {build}; fastcgi_temp_path {build};
  uwsgi_temp_path {build}; scgi_temp_path {build};
  server {{
    listen 0.0.0.0:{port}; allow 127.0.0.0/8; deny all;
    location = /fixed {{ default_type text/plain; return 200 {body}; }}
    location = /served {{ stub_status; }}
  }}
}}
"""


@contextmanager
def nginx():
    if not shutil.which("nginx"):
        raise Failed("nginx is not installed")
    port = free_port()
    config = BUILD / "nginx.conf"
    config.write_text(NGINX.format(build=BUILD, port=port, body="x" * 1024))

    def served():
        # The third number below "server accepts handled requests"; ours are requests, too.
        return int(re.search(r"\n\s*\d+ \d+ (\d+)", _get(f"http://127.0.0.1:{port}/served"))[1])

    def answers():
        try:
            return served() > 0
        except OSError:
            return False

    log = open(BUILD / "nginx.log", "w")
    with log, process("nginx", "-c", config, cpus=[SERVER_CPU], stderr=log) as child:
        wait_until(lambda: answers() or child.poll() is not None, "nginx listens", 10)
        if child.poll() is not None:
            raise Failed("nginx did not start, see build/benchmarks/nginx.log")
        time.sleep(0.1)
        yield Server({"http": port}, served)
