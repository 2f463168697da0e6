"""The Python twin of locustfile.cpp, with redis-py; the master needs only the class's name from it."""

from locust import User, between, task


class RedisUser(User):
    wait_time = between(0.01, 0.05)

    def on_start(self):
        import redis  # not needed by a master

        host, _, port = self.host.rpartition(":")
        self.redis = redis.Redis(host=host, port=int(port))
        self.key = f"user:{self.redis.incr('users')}"

    @task(3)
    def set(self):
        self.timed("SET", lambda: self.redis.set(self.key, "a value"))

    @task(6)
    def get(self):
        self.timed("GET", lambda: self.redis.get(self.key))

    @task
    def wrong(self):
        self.timed("LPUSH", lambda: self.redis.lpush("users", "1"))

    def timed(self, name, command):
        with self.environment.events.request.measure("REDIS", name):
            command()
