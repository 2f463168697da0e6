"""The users of tiles.py over time. A load shape runs on the master, also for C++ workers."""

import os

from locust import LoadTestShape

from tiles import MapEditor, MapReader

SECONDS = float(os.environ.get("STAGE_SECONDS", "60"))


class ReadersThenEditors(LoadTestShape):
    stages = [(4, [MapReader]), (10, [MapReader, MapEditor]), (14, [MapEditor])]

    def tick(self):
        stage = int(self.get_run_time() / SECONDS)
        if stage >= len(self.stages):
            return None
        users, classes = self.stages[stage]
        return users, 100, classes
