import re

from locust import HttpUser, between, task


class FormUser(HttpUser):
    wait_time = between(0.1, 0.3)

    def on_start(self):
        # The form has a token that must be sent back; the session keeps the cookies.
        form = self.client.get("/login")
        token = re.search(r'name="csrf" value="([^"]*)"', form.text).group(1)
        self.client.post("/login", data={"user": "ann", "password": "secret", "csrf": token})

    @task
    def profile(self):
        with self.client.get("/profile", catch_response=True) as response:
            if "Hello ann" not in response.text:
                response.failure("not logged in")
