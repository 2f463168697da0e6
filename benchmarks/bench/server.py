"""The servers that are asked: the cheap one of server/, and nginx."""

import itertools
import re
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager

from .machine import BUILD, ROOT, SERVER_CPU, Failed, free_port, process, wait_until

CERTIFICATE, KEY = BUILD / "certificate.pem", BUILD / "key.pem"
# Each generator asks an address of its own: the ports of closed connections stay taken for a minute.
_addresses = itertools.cycle(range(2, 250))
_SUBJECT_NAME = "IP:127.0.0.1"


def build():
    binary = BUILD / "fixed_answer_server"
    source = ROOT / "benchmarks/server/fixed_answer_server.cpp"
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["g++", "-std=c++20", "-O2", "-pthread", "-o", binary, source, "-lssl", "-lcrypto"], check=True)
    if not CERTIFICATE.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-subj", "/CN=benchmarks", "-addext", f"subjectAltName={_SUBJECT_NAME}", "-days", "3650",
             "-keyout", KEY, "-out", CERTIFICATE], check=True, stderr=subprocess.DEVNULL)  # fmt: skip


class Server:
    def __init__(self, port, tls_port, served):
        self._ports = {"http": port, "https": tls_port}
        self._served = served

    def host(self, scheme="http"):
        """A base URL on the next address."""
        return f"{scheme}://127.0.0.{next(_addresses)}:{self._ports[scheme]}"

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
        yield Server(port, tls_port, lambda: int(_get(f"http://127.0.0.1:{port}/served")))


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
        yield Server(port, None, served)
