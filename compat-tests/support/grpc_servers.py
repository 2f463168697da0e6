"""How to start the gRPC servers of the tests: with grpcio, grpc++ and grpc-go. They have the same methods."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .settings import COMPILE_PATIENCE, REPOSITORY, VENV

HERE = Path(__file__).parent
PROGRAMS = REPOSITORY / "build" / "grpc-servers"


def _built(name: str, sources: list[Path], command: list, folder: Path = HERE) -> Path:
    """The program that `command`, completed by the path of the program, makes of the sources."""
    program = PROGRAMS / name
    newest = max(source.stat().st_mtime for source in sources)
    if not program.exists() or program.stat().st_mtime < newest:
        PROGRAMS.mkdir(parents=True, exist_ok=True)
        partial = program.with_suffix(f".{os.getpid()}")
        done = subprocess.run(
            [*map(str, command), str(partial)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=COMPILE_PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        partial.rename(program)
    return program


def _grpc_cpp() -> list:
    source = HERE / "grpc_cpp_server.cpp"
    flags = ["-std=c++20", "-O1", source, "-lgrpc++", "-lgrpc", "-lgpr", "-labsl_synchronization", "-pthread", "-o"]
    return [_built("grpc-cpp-server", [source], [os.environ.get("CXX", "g++"), *flags])]


def _grpc_go() -> list:
    folder = HERE / "grpc_go_server"
    go = shutil.which("go")
    assert go, "go was not found: install Go 1.24 or later"
    return [_built("grpc-go-server", [folder / "main.go", folder / "go.mod"], [go, "build", "-o"], folder)]


SERVER_COMMANDS = {
    "grpcio": lambda: [VENV / "bin" / "python", HERE / "grpc_server.py"],
    "grpc++": _grpc_cpp,
    "grpc-go": _grpc_go,
}
"""The beginning of the command line, by the name of the library."""
