from locust import HttpUser, TaskSet, between, constant, task


class ForumSection(TaskSet):
    wait_time = constant(1.5)

    def on_start(self):
        self.client.get("/forum", name="enter forum")

    @task(10)
    class Thread(TaskSet):
        @task(3)
        def read(self):
            self.client.get("/forum/thread/1")
            self.wait()

        @task
        class Editor(TaskSet):
            @task
            def write(self):
                self.client.post("/forum/thread/1", data="text=hello")
                self.interrupt(reschedule=False)

        @task
        def leave(self):
            self.interrupt()

    @task(4)
    def list_threads(self):
        self.client.get("/forum/threads")
        self.user.posts_seen += 10

    @task(1)
    def stop(self):
        self.interrupt(False)


class ForumUser(HttpUser):
    wait_time = between(0.5, 2)
    tasks = {ForumSection: 20}
    posts_seen = 0

    @task(5)
    def about(self):
        self.client.get("/about")
