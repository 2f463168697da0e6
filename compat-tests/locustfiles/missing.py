"""Looks for a cookie and a header that the server never sends; the Python twin of missing.cpp."""

from locust import HttpUser, constant, task


class FormUser(HttpUser):
    wait_time = constant(0.1)

    @task
    def send_cookie(self):
        form = self.client.get("/login")
        token = form.cookies["csrftoken"]
        self.client.post("/with-token", data={"csrf": token})

    @task
    def send_header(self):
        request_id = self.client.get("/login").headers["X-Request-Id"]
        self.client.post("/with-token", data=request_id)
