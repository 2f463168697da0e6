"""A Django site. Each POST sends the cookie's CSRF token, which Django changes at the login."""

import random

from locust import HttpUser, between, tag, task


class DjangoUser(HttpUser):
    wait_time = between(0.1, 0.3)

    def on_start(self):
        self.client.get("/django/login/")
        name = f"editor{random.randint(1, 9)}"
        self.submit("/django/login/", username=name, password="secret", next="/django/notes/")

    def submit(self, path, **fields):
        """Posts a form as a browser does. A form with an error comes back with status 200."""
        fields["csrfmiddlewaretoken"] = self.client.cookies["csrftoken"]
        headers = {"Referer": self.client.base_url + path}
        with self.client.post(path, data=fields, headers=headers, catch_response=True) as response:
            if "errorlist" in response.text:
                response.failure("the form has errors")
            if response.status_code == 403:
                response.failure("CSRF verification failed")
            return response

    @task(4)
    def read_notes(self):
        page = self.client.get("/django/notes/")
        if "Log in" in page.text:
            self.on_start()

    @task
    def read_note(self):
        self.client.get(f"/django/notes/{random.randint(1, 20)}/", name="/django/notes/[id]/")

    @task
    def search_notes(self):
        self.client.get(
            "/django/notes/", params={"q": "cotton", "page": 1}, name="/django/notes/?q=[text]"
        )

    @tag("write")
    @task
    def change_settings(self):
        self.submit("/django/settings/", language=random.choice(["de", "en"]), mails="on")

    @tag("write")
    @task(2)
    def add_note(self):
        title = random.choice(["Shopping", "Ideas", ""])
        response = self.submit(
            "/django/notes/add/", title=title, text="100 % cotton & <b>bold</b>", priority=3
        )
        if title and response.history:
            assert response.url.endswith("/django/notes/"), response.url

    @tag("write", "api")
    @task
    def like(self):
        headers = {
            "X-CSRFToken": self.client.cookies.get("csrftoken", ""),
            "X-Requested-With": "XMLHttpRequest",
        }
        note = random.randint(1, 20)
        with self.client.post(
            f"/django/api/notes/{note}/like/",
            headers=headers,
            name="/django/api/notes/[id]/like/",
            catch_response=True,
        ) as response:
            if response.ok and response.json()["likes"] < 1:
                response.failure("the like was not counted")

    def on_stop(self):
        self.submit("/django/logout/")
