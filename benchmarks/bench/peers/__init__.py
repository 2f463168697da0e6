"""The other load generators, one file for each; built or installed below build/peers at need."""

import os
import shutil
import subprocess

from ..machine import ROOT

PEERS = ROOT / "build/peers"
may_build = True


def build_once(product, what, tool, commands, cwd=None, env=None):
    """Runs the commands unless `product` exists; returns why it could not be built, or None."""
    if product.exists():
        return None
    if not may_build:
        return "not built yet: benchmarks/run --build"
    if not shutil.which(tool):
        return f"{what} needs {tool}"
    PEERS.mkdir(parents=True, exist_ok=True)
    log = PEERS / f"{product.name}.log"
    print(f"building {what} (once, below build/peers) …", flush=True)
    with open(log, "w") as out:
        for command in commands:
            done = subprocess.run(
                [str(word) for word in command], cwd=cwd or PEERS, env={**os.environ, **(env or {})}, stdout=out, stderr=out
            )
            if done.returncode != 0:
                return f"{what} could not be built, see {log.relative_to(ROOT)}"
    return None


def all_peers(boomer_module):
    from . import boomer, goose, k6, oha, wrk

    return [wrk.Wrk(), oha.Oha(), goose.Goose(), boomer.Boomer(boomer_module), k6.K6()]
