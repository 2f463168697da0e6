"""A disk that stops answering: writes to run files hang once a file exists. For the environment of cpp-worker."""

from __future__ import annotations

import subprocess
from pathlib import Path

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static ssize_t (*real)(int, const void*, size_t, off_t);
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (!real) real = (ssize_t(*)(int, const void*, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
  char link[64], name[4096] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  if (readlink(link, name, sizeof name - 1) > 0 && strstr(name, ".cwr")) {
    while (access(getenv("HANGING_DISK"), F_OK) == 0) pause();
  }
  return real(fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t offset) { return pwrite(fd, bytes, size, offset); }
"""


def environment(folder: Path, hangs: Path) -> dict[str, str]:
    """From the moment when the file `hangs` exists, writes do not return."""
    source, shim = folder / "hanging_disk.c", folder / "hanging_disk.so"
    source.write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(shim), "HANGING_DISK": str(hangs)}
