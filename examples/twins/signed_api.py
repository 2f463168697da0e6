"""An API with signed requests: a key per day, derived from the secret, signs each of them."""

import base64
import hashlib
import hmac
import json
import os
import random
from datetime import datetime, timezone
from urllib.parse import quote

from locust import HttpUser, between, task

KEY_ID = os.environ["SIGNED_API_KEY_ID"]
SECRET = os.environ["SIGNED_API_SECRET"]


def sign(method, path, query, date, digest):
    day_key = hmac.new(SECRET.encode(), date[:8].encode(), hashlib.sha256).digest()
    text = "\n".join([method, quote(path), query, date, digest])
    return base64.b64encode(hmac.new(day_key, text.encode(), hashlib.sha256).digest()).decode()


class SignedApiUser(HttpUser):
    wait_time = between(0.1, 0.3)

    def call(self, method, path, params=None, body="", name=None):
        date = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        query = "&".join(
            f"{key}={quote(value, safe='')}" for key, value in sorted((params or {}).items())
        )
        digest = hashlib.sha256(body.encode()).hexdigest()
        signature = sign(method, path, query, date, digest)
        headers = {
            "X-Date": date,
            "X-Content-SHA256": digest,
            "Authorization": f"HMAC-SHA256 Credential={KEY_ID}, Signature={signature}",
        }
        url = quote(path) + ("?" + query if query else "")
        return self.client.request(method, url, data=body, headers=headers, name=name or path)

    @task(3)
    def list_objects(self):
        prefix = random.choice(["photos/2024", "a b+c", "50%"])
        listing = self.call("GET", "/signed/objects", {"prefix": prefix, "max-keys": "20"})
        for item in listing.json()["objects"]:
            assert item["key"].startswith(prefix), f"wrong object {item['key']}"

    @task(2)
    def put_object(self):
        document = json.dumps({"text": "größer", "size": random.randint(1, 9), "by": "ann"})
        path = f"/signed/objects/my notes/{random.randint(1, 9)}.json"
        self.call("PUT", path, body=document, name="/signed/objects/[key]")

    @task
    def get_object(self):
        self.call(
            "GET",
            f"/signed/objects/photos/{random.randint(1, 9)}.jpg",
            name="/signed/objects/[key]",
        )

    @task
    def list_buckets(self):
        self.call("GET", "/signed/buckets")

    @task
    def delete_forbidden(self):
        self.call("DELETE", "/signed/objects/locked", name="/signed/objects/[key]")
