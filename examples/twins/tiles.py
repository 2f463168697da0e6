"""A map service. Readers move over the map, editors change places. See also tiles_shape.py."""

import math
import random

from locust import FastHttpUser, between, task

CITIES = {"Berlin": (52.52, 13.405), "Lima": (-12.046, -77.043), "Tokyo": (35.677, 139.65)}


def tile_of(latitude, longitude, zoom):
    """The tile of OpenStreetMap's grid that holds a place."""
    count = 2**zoom
    x = int((longitude + 180) / 360 * count)
    y = int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * count)
    return x, y


class MapReader(FastHttpUser):
    wait_time = between(0.1, 0.2)

    def on_start(self):
        self.place = random.choice(list(CITIES.values()))
        self.zoom = 12
        self.etags = {}

    def show(self):
        x, y = tile_of(*self.place, self.zoom)
        for right, down in [(0, 0), (1, 0), (0, 1), (1, 1)]:
            self.load(f"/tiles/{self.zoom}/{x + right}/{y + down}.png")

    def load(self, url):
        headers = {"If-None-Match": self.etags[url]} if url in self.etags else {}
        with self.client.get(
            url, headers=headers, name="/tiles/[z]/[x]/[y].png", catch_response=True
        ) as response:
            if response.status_code == 200:
                self.etags[url] = response.headers["ETag"]
                if response.headers["Content-Type"] != "image/png":
                    response.failure("not an image")
            elif response.status_code != 304:
                response.failure(f"status {response.status_code}")

    @task(4)
    def move(self):
        latitude, longitude = self.place
        self.place = latitude + random.uniform(-0.02, 0.02), longitude + random.uniform(-0.02, 0.02)
        self.show()

    @task(2)
    def zoom_in_or_out(self):
        self.zoom = min(max(self.zoom + random.choice([-1, 1]), 9), 15)
        self.show()

    @task
    def load_style(self):
        self.client.get("/styles/streets.json")

    @task
    def load_font(self):
        first = 256 * random.randint(0, 3)
        self.client.get(
            f"/fonts/Open%20Sans/{first}-{first + 255}.pbf", name="/fonts/[font]/[range].pbf"
        )

    @task
    def find(self):
        city, self.place = random.choice(list(CITIES.items()))
        with self.rest("GET", f"/places?q={city}", name="/places?q=[city]") as response:
            found = response.js["places"][0]
            assert abs(found["latitude"] - self.place[0]) < 0.001, "wrong place"


class MapEditor(FastHttpUser):
    wait_time = between(0.1, 0.3)

    @task
    def list_changes(self):
        self.client.get("/changes?limit=5")

    @task
    def change_place(self):
        latitude, longitude = random.choice(list(CITIES.values()))
        change = {
            "latitude": latitude,
            "longitude": longitude,
            "tags": {"shop": "bakery", "floors": 2},
        }
        with self.rest(
            "PUT", f"/places/{random.randint(1, 9)}", json=change, name="/places/[id]"
        ) as response:
            assert response.js["version"] >= 1, "wrong version"
