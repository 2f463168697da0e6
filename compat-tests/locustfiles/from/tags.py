from locust import HttpUser, TaskSet, between, tag, task


@tag("search")
class Search(TaskSet):
    @tag("slow", "full-text")
    @task
    def full_text(self):
        self.client.get("/search?mode=full")

    @task(3)
    def by_id(self):
        self.client.get("/search?id=1")

    @task
    def leave(self):
        self.interrupt()


@tag("health")
def health(user):
    user.client.get("/health")


class TaggedUser(HttpUser):
    wait_time = between(1, 2)
    tasks = [Search, health]

    @tag("read")
    @task(5)
    def read(self):
        self.client.get("/read")

    @task
    @tag("write")
    @tag("slow")
    def write(self):
        self.client.post("/write", data={"n": 1, "text": "ä & b"})

    @tag("nested")
    @task
    class Deep(TaskSet):
        @tag("deep")
        @task
        def dive(self):
            self.client.get("/deep")
            self.interrupt()

        @task
        class Deeper(TaskSet):
            @task
            def sink(self):
                self.client.get("/deeper")
                self.interrupt()
