"""For a master, beside its locustfile: writes down each report of each worker, one JSON object in a line."""

import json
import os

from locust import events


@events.worker_report.add_listener
def write_down(client_id, data, **_kwargs):
    with open(os.environ["REPORTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps({"worker": client_id, "report": data}) + "\n")
