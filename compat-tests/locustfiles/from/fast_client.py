from locust import constant_throughput, run_single_user, task
from locust.contrib.fasthttp import FastHttpUser as FastUser


class ApiFastUser(FastUser):
    wait_time = constant_throughput(0.5)
    network_timeout = 5.0
    connection_timeout = 10
    max_redirects = 1
    insecure = True
    concurrency = 20
    default_headers = {"User-Agent": "fast"}

    @task
    def ping(self):
        self.client.get("/ping")

    @task(9)
    def rest_call(self):
        with self.rest("POST", "/post", json={"foo": 1}) as resp:
            if resp.js is None:
                pass
            elif "bar" not in resp.js:
                resp.failure(f"'bar' missing from response {resp.text}")


if __name__ == "__main__":
    run_single_user(ApiFastUser)
