"""Records what stock Locust's tag filter leaves of a user class, for every choice of tags, and the tasks of --equal-weights.

usage: build/venv/bin/python tests/golden/record_tags.py > tests/golden/locust_tags.json

The class is the Python twin of `Tagged` in tests/unit/user/tags_golden_test.cpp.
"""

import itertools
import json
import logging

from locust import SequentialTaskSet, TaskSet, User, tag, task
from locust.env import Environment
from locust.user.task import filter_tasks_by_tags

TAGS = ("a", "b", "c")


def make_user():
    class Tagged(User):
        @task
        def plain(self):
            pass

        @tag("a")
        @task(2)
        def with_a(self):
            pass

        @tag("a", "b")
        @task
        def with_a_b(self):
            pass

        @tag("c")
        @task
        class Outer(TaskSet):
            @task
            def outer_plain(self):
                pass

            @tag("b")
            @task
            def outer_b(self):
                pass

            @tag("a")
            @task
            class Inner(SequentialTaskSet):
                @task
                def inner_plain(self):
                    pass

                @tag("b")
                @task
                def inner_b(self):
                    pass

        @task
        class Other(TaskSet):
            @tag("b")
            @task
            def other_b(self):
                pass

    return Tagged


def left(holder):
    """Names in order, a set's own behind its name."""
    names = []
    for one in holder.tasks:
        names.append(one.__name__)
        if hasattr(one, "tasks"):
            names.extend(f"{one.__name__}.{name}" for name in left(one))
    return names


def subsets():
    for size in range(len(TAGS) + 1):
        yield from itertools.combinations(TAGS, size)


logging.disable()
cases = []
for tags, exclude_tags in itertools.product(subsets(), subsets()):
    user = make_user()
    filter_tasks_by_tags(user, set(tags) or None, set(exclude_tags) or None)
    case = {"tags": tags, "exclude_tags": exclude_tags, "left": left(user)}
    Environment(user_classes=[user]).assign_equal_weights()
    cases.append(case | {"equal": sorted(one.__name__ for one in user.tasks)})
print("[")
print(",\n".join("  " + json.dumps(case) for case in cases))
print("]")
