"""Examples as their readers build them: with CMake and find_package, from an installed cpp-worker."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .settings import BINARY, COMPILE_PATIENCE, REPOSITORY


def build_example(name: str, folder: Path, module: str = "*.so") -> Path:
    """Installs cpp-worker below `folder`, builds examples/`name` with it and gives back its module.

    @param module A pattern, if there are several.
    """
    prefix, build = folder / "prefix", folder / "build"
    _run("cmake", "--install", BINARY.parent, "--prefix", prefix)
    launcher = shutil.which("ccache")
    _run(
        "cmake",
        "-S",
        REPOSITORY / "examples" / name,
        "-B",
        build,
        f"-DCMAKE_PREFIX_PATH={prefix}",
        *([f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}"] if launcher else []),
    )
    _run("cmake", "--build", build)
    (found,) = build.glob(module)
    return found


def _run(*command) -> None:
    result = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMPILE_PATIENCE,
    )
    assert result.returncode == 0, f"{' '.join(map(str, command))}:\n{result.stdout}"
