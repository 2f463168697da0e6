#!/usr/bin/env python3
"""Records in which order stock Locust starts and stops users of random class sets.

usage: build/venv/bin/python tests/golden/record_dispatch.py > tests/golden/locust_dispatch.json

Each set has classes with weights and fixed counts, and ramps up and down; some ramps are replaced by the
next one before they end, and some name the classes to spawn. "order" has one word per user, in the order of
locust/dispatch.py: "+A" starts a user of class A, "-A" stops one. With a spawn rate of 1 each step of the
dispatcher changes one user; the rate only decides how many of them share a step.
"""

import json
import random

import gevent
from locust.dispatch import UsersDispatcher
from locust.runners import WorkerNode

SETS = 300
NAMES = ["A", "B", "Zoo", "User", "user", "User2", "User10", "WebUser", "api_user", "Käufer", "_Hidden", "Ω"]


def random_class(rng, name):
    weight = rng.choice([0, 1, 1, 1, 2, 3, 5, 10, 0.5, 1 / 3, round(rng.uniform(0, 20), 3)])
    fixed_count = rng.choice([0, 0, 0, 1, 2, 7])
    return type(name, (), {"weight": weight, "fixed_count": fixed_count})


def changes(before, after):
    for name, count in after.items():
        difference = count - before[name]
        yield from ["+" + name] * difference + ["-" + name] * -difference


def record_ramp(rng, dispatcher, classes):
    ramp = {"to": rng.choice([0, 1, 3, 8, rng.randint(0, 60)])}
    named = None
    if rng.random() < 0.15:
        named = rng.sample(classes, rng.randint(1, len(classes)))
        ramp["classes"] = [user_class.__name__ for user_class in named]
    most = rng.randint(0, 20) if rng.random() < 0.25 else 1000
    before = dict(dispatcher._users_on_workers["local"])
    dispatcher.new_dispatch(ramp["to"], 1, named)
    ramp["order"] = []
    while len(ramp["order"]) < most:
        try:
            after = next(dispatcher)["local"]
        except StopIteration:
            break
        ramp["order"] += changes(before, after)
        before = after
    else:
        ramp["most"] = most
    ramp["order"] = " ".join(ramp["order"])
    return ramp


def record_set(seed):
    rng = random.Random(seed)
    classes = [random_class(rng, name) for name in rng.sample(NAMES, rng.randint(1, 8))]
    dispatcher = UsersDispatcher([WorkerNode("local")], classes)
    return {
        "classes": [[c.__name__, c.weight, c.fixed_count] for c in classes],
        "ramps": [record_ramp(rng, dispatcher, classes) for _ in range(rng.randint(1, 5))],
    }


def main():
    gevent.sleep = lambda seconds=0: None
    rows = [json.dumps(record_set(seed), ensure_ascii=False) for seed in range(SETS)]
    print("[\n" + ",\n".join(rows) + "\n]")


if __name__ == "__main__":
    main()
