"""A shop of HTML forms. Links, hidden fields and messages are found with regular expressions."""

import random
import re

from locust import HttpUser, between, task

TOKEN = r'<input type="hidden" name="token" value="([^"]+)"'
ITEM = r'<a class="item" href="([^"]+)">'


class FormShopUser(HttpUser):
    wait_time = between(0.1, 0.3)

    def on_start(self):
        page = self.client.get("/forms/login").text
        account = {"user": f"user{random.randint(1, 50):02}", "password": "secret"}
        self.client.post("/forms/login", data={"token": re.search(TOKEN, page).group(1), **account})

    def open_item(self):
        """Opens a random item of the catalogue; returns its path and page."""
        catalogue = self.client.get("/forms/catalogue").text
        link = random.choice(re.findall(ITEM, catalogue))
        return link, self.client.get(link, name="/forms/item/[id]").text

    @task(3)
    def browse(self):
        _, page = self.open_item()
        for image in re.findall(r'<img src="([^"]+)"', page):
            self.client.get(image, name="/forms/image/[id]")

    @task
    def read_help(self):
        self.client.get("/forms/help")

    @task
    def ask_support(self):
        token = re.search(TOKEN, self.client.get("/forms/support").text).group(1)
        self.client.post(
            "/forms/support", data={"token": token, "subject": "Where is it?", "order": 17}
        )

    @task(2)
    def order(self):
        link, page = self.open_item()
        form = {
            "token": re.search(TOKEN, page).group(1),
            "price": re.search(r"Price: (?P<price>\d+\.\d\d)", page).group("price"),
            "quantity": random.randint(1, 5),
            "gift": random.choice(["yes", "no"]),
        }
        with self.client.post(
            f"{link}/order", data=form, name="/forms/item/[id]/order", catch_response=True
        ) as response:
            error = re.search(r'<p class="error">\s*(.*?)\s*</p>', response.text, re.DOTALL)
            if error:
                response.failure(error.group(1))
            elif not re.search(r"Order #\d+ confirmed", response.text):
                response.failure("not confirmed")
