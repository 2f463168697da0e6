"""wrk, the yardstick: Debian's package (4.1)."""

import shutil

from ..generator import Generator


class Wrk(Generator):
    name = "wrk"

    def unavailable(self):
        return None if shutil.which("wrk") else "not installed (apt-get install wrk)"

    def command(self, load):
        return ["wrk", f"-t{load.threads}", f"-c{load.users}", f"-d{load.seconds + 60:.0f}s", load.host + load.path]
