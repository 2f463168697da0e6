"""A file store. Uploads are multipart forms; what is downloaded must be what was uploaded."""

import hashlib
import random
import string
from pathlib import Path

from locust import HttpUser, between, task

REPORT = Path("report.txt").read_bytes()


class StorageUser(HttpUser):
    wait_time = between(0.05, 0.2)

    def on_start(self):
        self.folder = "".join(random.choices(string.ascii_lowercase, k=8))
        self.stored = {}
        self.upload()

    @task(4)
    def upload(self):
        name = f"report-{random.randint(1000, 9999)}.txt"
        content = REPORT * random.randint(1, 4)
        digest = hashlib.sha256(content).hexdigest()
        with self.client.post(
            "/storage/files",
            data={"folder": self.folder, "sha256": digest, "replicas": 2},
            files={
                "file": (name, content, "text/plain"),
                "labels": ("labels.json", '["a","b"]', "application/json"),
            },
            catch_response=True,
        ) as response:
            if response.status_code == 201:
                self.stored[response.json()["id"]] = digest
            else:
                response.failure(f"upload refused: {response.text}")

    @task(4)
    def download(self):
        file_id, digest = random.choice(list(self.stored.items()))
        with self.client.get(
            f"/storage/files/{file_id}", name="/storage/files/[id]", catch_response=True
        ) as response:
            if response.headers["ETag"] != f'"{digest}"':
                response.failure("wrong ETag")
            if hashlib.sha256(response.content).hexdigest() != digest:
                response.failure("wrong content")

    @task
    def show_quota(self):
        self.client.get("/storage/quota")

    @task
    def show_size(self):
        self.client.head(
            f"/storage/files/{random.choice(list(self.stored))}", name="/storage/files/[id]"
        )

    @task
    def rename(self):
        file_id = random.choice(list(self.stored))
        self.client.patch(
            f"/storage/files/{file_id}", json={"name": "new.txt"}, name="/storage/files/[id]"
        )

    @task(2)
    def download_the_beginning(self):
        file_id = random.choice(list(self.stored))
        headers = {"Range": "bytes=0-99"}
        response = self.client.get(
            f"/storage/files/{file_id}", headers=headers, name="/storage/files/[id] (range)"
        )
        assert response.status_code == 206 and response.content == REPORT[:100], "wrong range"

    @task
    def list_folder(self):
        listing = self.client.get(
            "/storage/files", params={"folder": self.folder}, name="/storage/files"
        ).json()
        assert {entry["id"] for entry in listing} == set(self.stored), "wrong list"

    @task
    def delete_all(self):
        while len(self.stored) > 1:
            file_id, _ = self.stored.popitem()
            self.client.delete(f"/storage/files/{file_id}", name="/storage/files/[id]")
