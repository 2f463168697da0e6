from locust import HttpUser, SequentialTaskSet, constant, task


class BuyingUser(HttpUser):
    wait_time = constant(0.03)

    # Its tasks run in the order of the class, again and again.
    @task
    class Purchase(SequentialTaskSet):
        @task(2)
        def look(self):
            self.client.get("/shelf")

        @task
        def add(self):
            self.client.post("/cart")

        @task
        def pay(self):
            self.client.post("/pay")
