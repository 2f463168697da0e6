from locust import HttpUser, SequentialTaskSet, TaskSet, between, task


class CommonTasks(TaskSet):
    @task(2)
    def home(self):
        self.client.get("/")

    @task
    def leave(self):
        self.interrupt()


class MemberTasks(CommonTasks):
    @task(5)
    def members(self):
        self.client.get("/members")

    @task(3)
    def home(self):
        self.client.get("/members/home")


class GuestTasks(CommonTasks):
    wait_time = between(4, 8)


class Steps(SequentialTaskSet):
    def first(self):
        self.client.get("/1")

    def second(self):
        self.client.get("/2")

    tasks = [first, second, first]

    @task
    def third(self):
        self.client.get("/3")
        self.interrupt()


class MoreSteps(Steps):
    @task
    def fourth(self):
        self.client.get("/4")


class AbstractSite(HttpUser):
    abstract = True
    wait_time = between(1, 2)

    @task
    def status(self):
        self.client.get("/status")


class ApiSite(AbstractSite):
    abstract = True

    @task(2)
    def api(self):
        self.client.get("/api")


class Member(AbstractSite):
    tasks = {MemberTasks: 2, MoreSteps: 1}


class Guest(ApiSite):
    tasks = [GuestTasks]
    weight = 4

    @task
    def look(self):
        self.client.get("/look")


class GuestAgain(Guest):
    pass


class MemberAndGuest(Member, Guest):
    weight = 0.5
