"""Locustfiles that were built against another version of the library."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .settings import LOCUSTFILES, REPOSITORY

OTHER_VERSION = "0.0.1"

_COMPILE = [
    os.environ.get("CXX", "g++"),
    "-std=c++20",
    "-O0",
    "-fPIC",
    "-shared",
    "-I",
    str(REPOSITORY / "include"),
    f'-DCPPWORKER_VERSION="{OTHER_VERSION}"',
]


def build_locustfile(folder: Path, *, linked: bool) -> Path:
    """A shared library of shop.cpp whose headers were of another version.

    @param linked Whether it also needs the other version's library, which is no longer there.
    """
    product = folder / "libshop.so"
    link = []
    if linked:
        soname = f"libcppworker.so.{OTHER_VERSION}"
        library = folder / "libcppworker.so"
        subprocess.run(
            [_COMPILE[0], "-shared", "-x", "c++", "/dev/null", f"-Wl,-soname,{soname}", "-o", library],
            check=True,
        )
        link = ["-Wl,--no-as-needed", str(library)]
    subprocess.run([*_COMPILE, str(LOCUSTFILES / "shop.cpp"), "-o", str(product), *link], check=True)
    if linked:
        library.unlink()
    return product
