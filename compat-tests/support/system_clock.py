"""A system clock of a worker's own that a test can set."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long seconds_ahead(void) {
  char text[32] = "";
  int fd = open(getenv("CLOCK_AHEAD"), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  if (read(fd, text, sizeof text - 1) < 0) text[0] = 0;
  close(fd);
  return atol(text);
}
int clock_gettime(clockid_t clock, struct timespec* time) {
  int result = (int)syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += seconds_ahead();
  return result;
}
int gettimeofday(struct timeval* time, void* zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t* into) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into) *into = now.tv_sec;
  return now.tv_sec;
}
"""


class SystemClock:
    """Processes with its `env` see a clock that is as far ahead of the true one as was `set` last."""

    def __init__(self, folder: Path, ahead: int = 0):
        library = folder / "system_clock.so"
        self._file = folder / "ahead"
        self.set(ahead)
        compiler = [os.environ.get("CC", "gcc"), "-shared", "-fPIC", "-O1", "-x", "c", "-"]
        subprocess.run([*compiler, "-o", library], input=_SOURCE, text=True, check=True)
        self.env = {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(self._file)}

    def set(self, ahead: int) -> None:
        """@param ahead Seconds; negative ones are behind."""
        new = self._file.with_suffix(".new")
        new.write_text(str(ahead))
        new.replace(self._file)
