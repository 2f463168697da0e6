"""More connections than ephemeral ports, in a network namespace of the test's own: this module, run as a program, is the whole scene.

    python -m support.few_ports COMMAND…

It needs root and `unshare --net` around it. It runs the command (a worker with users of locustfiles/sources) and answers no
request before all connections are open, or as many as HELD says. Then it prints how many there were from each address to each port
of the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

PORTS = 50
"""How many ephemeral ports the namespace has."""

SERVER_PORTS = (8080, 8081)
CONNECTIONS = 600
"""More than the ports of eight addresses, fewer than the ports of eight addresses for each of two servers."""


def unavailable() -> str:
    """Why such a namespace can't be made here; "" if it can."""
    if os.geteuid() != 0:
        return "needs root: makes a network namespace"
    done = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"unshare is not permitted here: {done.stderr.strip()}"


def play(command: list, environment: dict[str, str]) -> dict:
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-m", __name__, *map(str, command)],
        cwd=Path(__file__).parents[1],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


async def scene(command: list[str]) -> dict:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    Path("/proc/sys/net/ipv4/ip_local_port_range").write_text(f"40000 {40000 + PORTS - 1}")
    held = int(os.environ.get("HELD", CONNECTIONS))
    opened: Counter[str] = Counter()
    all_are_open = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, port = writer.get_extra_info("peername")[0], writer.get_extra_info("sockname")[1]
        opened[f"{address} to {port}"] += 1
        if sum(opened.values()) == held:
            if held < CONNECTIONS:
                await asyncio.sleep(2)  # in which the other users find no port
            all_are_open.set()
        while await reader.readline() not in (b"\r\n", b""):
            pass
        await all_are_open.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    for port in SERVER_PORTS:
        await asyncio.start_server(serve, "127.0.0.1", port, backlog=1000)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 120)
    return {"opened": opened, "code": process.returncode, "output": output.decode()}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(scene(sys.argv[1:]))))
