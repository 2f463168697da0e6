"""Makes connections to a host name, one per request, because the server closes each; the twin of names.cpp."""

import os
import time

from locust import FastHttpUser, HttpUser

URL = f"http://{os.environ['NAMES_HOST']}:{os.environ['NAMES_PORT']}/"


def connect(user):
    for _ in range(int(os.environ["NAMES_COUNT"])):
        user.client.get(URL)
        time.sleep(float(os.environ["NAMES_PAUSE"]))
    user.environment.runner.quit()


class HttpNames(HttpUser):
    host = URL
    tasks = [connect]


class FastNames(FastHttpUser):
    host = URL
    tasks = [connect]
