"""A cache and a leaderboard in Redis."""

import json
import os
import random

import redis

from locust import User, between, task

URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")


class CacheUser(User):
    wait_time = between(0.05, 0.15)

    def on_start(self):
        self.redis = redis.Redis.from_url(URL, socket_timeout=5, decode_responses=True)
        self.name = f"player{self.command('INCR', 'players')}"

    def command(self, *words, name=None):
        """Sends a command and reports it. Returns the reply, or None after an error."""
        with self.environment.events.request.measure("REDIS", name or words[0]) as request:
            try:
                return self.redis.execute_command(*words)
            except redis.ResponseError as error:
                request["exception"] = str(error)

    @task(6)
    def read_product(self):
        key = f"product:{random.randint(1, 30)}"
        cached = self.command("GET", key)
        if cached is None:
            product = {"id": key, "price": random.randint(100, 999), "tags": ["new", "sale"]}
            self.command("SET", key, json.dumps(product), "EX", 60)
        else:
            assert json.loads(cached)["id"] == key, "the product of another key"

    @task(3)
    def score(self):
        self.command("ZINCRBY", "scores", random.randint(1, 10), self.name)
        best = self.command("ZREVRANGE", "scores", 0, 2)
        assert 1 <= len(best) <= 3, "wrong leaderboard"

    @task(2)
    def visit(self):
        visits = f"visits:{self.name}"
        with self.environment.events.request.measure("REDIS", "pipeline"):
            pipeline = self.redis.pipeline(transaction=False)
            pipeline.rpush(visits, "home").ltrim(visits, -10, -1).llen(visits)
            length = pipeline.execute()[-1]
        assert 1 <= length <= 10, "wrong length"

    @task
    def forget_product(self):
        self.command("DEL", f"product:{random.randint(1, 30)}")

    @task
    def rank(self):
        self.command("ZREVRANK", "scores", self.name)

    @task
    def rename(self):
        self.command("HSET", f"profile:{self.name}", "nick", f"nick{random.randint(1, 99)}")

    @task
    def wrong_type(self):
        self.command("LPUSH", "players", "Ann", name="LPUSH (wrong type)")

    def on_stop(self):
        self.command("UNLINK", f"visits:{self.name}")
        self.redis.close()
