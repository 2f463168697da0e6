import logging
import uuid

from locust import HttpUser, SequentialTaskSet, constant_pacing, task


class CheckoutFlow(SequentialTaskSet):
    """A customer buys one thing; then another one."""

    cart_id: str
    product = "sku-1"
    quantity: int = 2

    def on_start(self):
        self.cart_id = str(uuid.uuid4())

    @task
    def open_product(self):
        self.client.get("/products/sku-1", name="/products/[sku]")

    @task(2)
    def add_to_cart(self):
        with self.client.post("/cart", json={"sku": "sku-1", "n": 1}, catch_response=True) as resp:
            if resp.status_code == 201:
                resp.success()
            elif resp.status_code >= 500:
                resp.failure("the server is down")
            else:
                resp.failure(f"status {resp.status_code}")

    @task
    def pay(self):
        response = self.client.post("/pay", headers={"Content-Type": "application/json", "X-Request-Id": self.cart_id})
        if response.status_code != 200:
            logging.error("could not pay: %s", response.text)
            self.interrupt()

    @task
    def done(self):
        self.interrupt(reschedule=True)


class Customer(HttpUser):
    host = "http://localhost:8000"
    wait_time = constant_pacing(10)
    tasks = [CheckoutFlow]
