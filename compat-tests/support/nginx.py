"""A web server of the test's own that writes down every request it sees."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

from .ports import free_port
from .processes import Process
from .settings import LOOPBACK, PATIENCE

SLOW_SECONDS = 1.0
"""How long /slow takes to answer, about."""

_BYTES_PER_SECOND = 16384

_CONFIG = """
daemon off;
{user}
worker_processes 1;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  log_format request '$request_method $request_uri';
  access_log {prefix}/access.log request;
  client_body_temp_path {prefix}/body;
  proxy_temp_path {prefix}/proxy;
  fastcgi_temp_path {prefix}/fastcgi;
  uwsgi_temp_path {prefix}/uwsgi;
  scgi_temp_path {prefix}/scgi;
  default_type text/plain;
  keepalive_requests 1000000;
  server {{
    listen {address}:{port};
    location = / {{ return 200 "hello\\n"; }}
    location = /item {{ return 200 "an item\\n"; }}
    location = /order {{ return 201 "ordered\\n"; }}
    location = /text {{ return 200 "a text\\n"; }}
    location = /slow {{ root {prefix}; limit_rate {rate}; }}
    location = /ready {{ access_log off; return 204; }}
    location / {{ return 404 "nothing here\\n"; }}
  }}
  {more}
}}
"""

_HTTP2 = """
server {{
  listen {address}:{port} ssl http2;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  location /version {{ return 200 $server_protocol; }}
  location /length {{ return 200 "$request_method $http_content_length"; }}
}}
"""

NAMES = {"/item?id=7": "/item?id=[id]"}
"""Request URIs that the locustfiles report under another name."""


def http2(certificate: Path, key: Path) -> tuple[str, str]:
    """The configuration of a server that speaks HTTP/2, and its URL; /version tells what it spoke."""
    port = free_port()
    block = _HTTP2.format(address=LOOPBACK, port=port, certificate=certificate, key=key)
    return block, f"https://localhost:{port}"


class Nginx:
    """nginx under a temporary prefix, on a free port. Answers `/`, `/item`, `/order`, `/text`, `/slow`."""

    def __init__(self, prefix: Path, *, more: str = ""):
        """@param more: blocks of the configuration."""
        self._log = prefix / "access.log"
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        # nginx sends a rate-limited file in slices: one at once, then one each second
        (prefix / "slow").write_bytes(b"s" * int(_BYTES_PER_SECOND * (SLOW_SECONDS + 0.5)))
        config = prefix / "nginx.conf"
        config.write_text(
            _CONFIG.format(
                user="user root;" if os.geteuid() == 0 else "",  # else it could not read a private prefix
                prefix=prefix,
                address=LOOPBACK,
                port=self.port,
                rate=_BYTES_PER_SECOND,
                more=more,
            )
        )
        self._process = Process("nginx", ["nginx", "-p", prefix, "-c", config, "-e", prefix / "error.log"])
        self._wait_ready()

    def stop(self) -> None:
        self._process.stop()

    def requests(self) -> Counter:
        """How often it saw each `METHOD name`. A line is written when an answer has been given up or sent."""
        counts: Counter = Counter()
        for line in self._log.read_text().splitlines():
            method, _, uri = line.partition(" ")
            counts[f"{method} {NAMES.get(uri, uri)}"] += 1
        return counts

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(self.url + "/ready", timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline or not self._process.is_running():
                    raise AssertionError(f"nginx did not start:\n{self._process.output}") from None
                time.sleep(0.05)
