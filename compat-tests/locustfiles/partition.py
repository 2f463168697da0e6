"""Users that make requests with short and long timeouts; the twin of partition.cpp."""

from locust import FastHttpUser, HttpUser, constant, task

PAUSE = 0.05
IMPATIENT = 1
PATIENT = 12


class HttpImpatient(HttpUser):
    wait_time = constant(PAUSE)

    @task
    def get(self):
        self.client.get("/", name="HttpImpatient", timeout=IMPATIENT)


class HttpPatient(HttpUser):
    wait_time = constant(PAUSE)

    @task
    def get(self):
        self.client.get("/", name="HttpPatient", timeout=PATIENT)


class FastImpatient(FastHttpUser):
    wait_time = constant(PAUSE)
    network_timeout = IMPATIENT
    connection_timeout = IMPATIENT

    @task
    def get(self):
        self.client.get("/", name="FastImpatient")


class FastPatient(FastHttpUser):
    wait_time = constant(PAUSE)
    network_timeout = PATIENT
    connection_timeout = PATIENT

    @task
    def get(self):
        self.client.get("/", name="FastPatient")
