from locust import HttpUser, TaskSet, between


def login(l):
    l.client.post("/login", {"username": "ellen", "password": "education"})


def logout(l):
    l.client.post("/logout", {"username": "ellen", "password": "education"})


def index(l):
    l.client.get("/")


def profile(l):
    # the page that each user sees after login
    l.client.get("/profile")


class UserBehavior(TaskSet):
    tasks = {index: 2, profile: 1}

    def on_start(self):
        login(self)

    def on_stop(self):
        logout(self)


class WebsiteUser(HttpUser):
    tasks = [UserBehavior]
    wait_time = between(5.0, 9.0)
