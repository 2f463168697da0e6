from locust import HttpUser, TaskSet, between, tag, task


class ForumUser(HttpUser):
    wait_time = between(0.02, 0.06)

    @task
    def index(self):
        self.client.get("/")

    # A user that enters the forum stays there until interrupt().
    @task(2)
    class Forum(TaskSet):
        def on_start(self):
            self.client.get("/forum")

        @task(3)
        class Thread(TaskSet):
            @task(3)
            def read(self):
                self.client.get("/forum/thread")

            @task
            def reply(self):
                self.client.post("/forum/thread", data="I agree")

            @task
            def leave(self):
                self.interrupt()

        @tag("search")
        @task
        def search(self):
            self.client.get("/forum/search")

        @task
        def leave(self):
            self.interrupt()
