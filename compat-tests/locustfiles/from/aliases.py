import random
from time import sleep

import locust
import locust as lc
from locust import *
from locust import HttpUser as WebUser, task as job


class Tabs(locust.TaskSet):
	"""Indented with tabs."""

	@locust.task(2)
	def one(self):
		if random.random() < 0.5:
			self.client.get("/one")
		else:
			sleep(1)

	@lc.task
	def two(self):
		sleep(0.25)
		self.interrupt()


class Alias(WebUser):
    wait_time = lc.constant_pacing(0.5)
    tasks = [Tabs]
    min_id, max_id = 1, 100
    ids = [i for i in range(3)]

    @job(4)
    def three(self):
        self.client.get("/three"); self.client.get("/3")


class Waiting(locust.HttpUser):
    wait_time = lambda self: random.expovariate(0.5)

    @job
    async def four(self):
        self.client.get("/four")


class OwnWait(lc.FastHttpUser):
    weight = 2.5

    def wait_time(self):
        self.last = getattr(self, "last", 0) + 1
        return self.last

    @tag("five")
    @job
    def five(self):
        for number in range(1, 4):
            for other in range(2):
                self.client.get("/five/%d/%s" % (number, other), name="/five")
