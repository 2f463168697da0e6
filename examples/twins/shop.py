"""A web shop. The tasks are functions that two classes of users share."""

import random

from locust import HttpUser, between

CATEGORIES = ["books", "games", "music"]
SEARCHES = ["red shoes", "50% off", "cups & plates", "größe 42", "unicorn"]


def home(user):
    user.client.get("/shop/")


def browse(user):
    category = random.choices(CATEGORIES, weights=[5, 3, 2])[0]
    user.client.get(
        f"/shop/category/{category}",
        params={"page": random.randint(1, 3)},
        name="/shop/category/[name]",
    )


def look(user):
    product = random.randint(1, 40)
    with user.client.get(
        f"/shop/product/{product}", name="/shop/product/[id]", catch_response=True
    ) as response:
        if response.status_code == 404:
            response.success()  # this product is sold out
        elif "Add to cart" not in response.text:
            response.failure("the page has no button")


def reviews(user):
    product = random.randint(1, 40)
    user.client.get(f"/shop/product/{product}/reviews", name="/shop/product/[id]/reviews")


def search_products(user):
    text = random.choice(SEARCHES)
    with user.client.get(
        "/shop/search", params={"q": text}, name="/shop/search", catch_response=True
    ) as response:
        if response.json()["count"] == 0:
            response.failure(f"no results for {text}")


def subscribe(user):
    user.client.post(
        "/shop/newsletter", data={"email": f"{random.randint(1, 999)}@example.com", "weekly": "on"}
    )


def show_cart(user):
    user.client.get("/shop/cart")


def add_to_cart(user):
    product = {
        "id": random.randint(1, 9),
        "quantity": random.randint(1, 3),
        "gift": random.random() < 0.2,
    }
    user.client.post("/shop/cart", json=product)


def buy(user):
    add_to_cart(user)
    cart = user.client.get("/shop/cart").json()
    total = sum(item["price"] * item["quantity"] for item in cart["items"])
    user.client.post(
        "/shop/checkout", json={"total": total, "card": {"number": "4111 1111", "cvc": 123}}
    )


class Visitor(HttpUser):
    weight = 2
    wait_time = between(0.1, 0.3)
    tasks = {home: 1, browse: 3, look: 4, reviews: 2, search_products: 2, subscribe: 1}


class Buyer(HttpUser):
    wait_time = between(0.2, 0.4)
    tasks = [browse, look, show_cart, buy]

    def on_start(self):
        self.client.get("/shop/offers")
