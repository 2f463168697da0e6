"""Records what stock Locust prints for --show-task-ratio and --show-task-ratio-json.

usage: build/venv/bin/python tests/golden/record_task_ratio.py > tests/golden/locust_task_ratio.json

The classes are the Python twins of those in tests/unit/app/task_ratio_test.cpp.
"""

import contextlib
import io
import json

from locust import MarkovTaskSet, SequentialTaskSet, TaskSet, User, tag, task, transition
from locust.env import Environment
from locust.user.inspectuser import print_task_ratio, print_task_ratio_json


class Browse(TaskSet):
    @tag("slow")
    @task(3)
    def look(self):
        pass

    @task
    class Search(SequentialTaskSet):
        @task(2)
        def type_word(self):
            pass

        @task
        def pick(self):
            pass

    @task(0)
    def never(self):
        pass


class Walk(MarkovTaskSet):
    @transition("two")
    def one(self):
        pass

    @transition("one")
    def two(self):
        pass


class Shopper(User):
    weight = 3
    tasks = {Browse: 2, Walk: 1}

    @task(4)
    def index(self):
        pass


class Buyer(User):
    weight = 0.7

    @task
    def pay(self):
        pass

    @task(6)
    def look_around(self):
        pass


class Admin(User):
    fixed_count = 2

    @task
    def check(self):
        pass


class Nobody(User):
    weight = 0

    @task
    def nothing(self):
        pass


class Even(User):
    @task
    def a(self):
        pass


class Odd(User):
    weight = 2

    @task
    def b(self):
        pass


def printed(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()) as text:
        function(*arguments)
    return text.getvalue()


def main():
    cases = []
    for classes, users in (
        ([Shopper, Buyer], None),
        ([Shopper, Buyer], 7),
        ([Shopper, Buyer, Nobody], 100),
        ([Shopper, Buyer, Admin], None),
        ([Shopper, Buyer, Admin], 1),
        ([Shopper, Buyer, Admin], 9),
        ([Admin], None),
        ([Even, Odd, Admin], 4),
        ([Buyer, Even], 5),
        ([Even, Odd], 0),
    ):
        names = [user_class.__name__ for user_class in classes]
        kept = Environment(user_classes=list(classes)).user_classes
        text = f"\n Task ratio per User class\n{'-' * 80}\n" + printed(print_task_ratio, kept, users, False)
        text += f"\n Total task ratio\n{'-' * 80}\n" + printed(print_task_ratio, kept, users, True)
        as_json = printed(print_task_ratio_json, kept, users)
        cases.append({"classes": names, "users": users, "text": text.splitlines(), "json": as_json.splitlines()})
    print(json.dumps(cases, indent=1))


main()
