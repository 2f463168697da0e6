from locust import User, task


class LoudUser(User):
    @task
    def fail(self):
        pass
