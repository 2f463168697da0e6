from locust import HttpUser, MarkovTaskSet, constant, transition, transitions


class Shopping(MarkovTaskSet):
    wait_time = constant(1)

    @transition("browse")
    def start(self):
        self.client.get("/")

    @transitions({"browse": 3, "delete": 1, "start": 1})
    def browse(self):
        self.client.get("/browse")

    @transitions([("browse", 2), "start"])
    def delete(self):
        self.client.delete("/cart")


class MarkovUser(HttpUser):
    tasks = {Shopping: 1}
