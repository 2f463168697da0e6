from locust import User, task


class LateUser(User):
    @task
    def work(self):
        pass
