"""The kinds of examples/twins, and the checks of their runs in Python and in C++."""

from __future__ import annotations

import fcntl
import json
import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .processes import Process
from .settings import BINARY, COMPILE_PATIENCE, REPOSITORY
from .workers import CACHE, SELF_CHECK

TWINS = REPOSITORY / "examples" / "twins"
USERS = 5
"""Of each class with weight 1."""


@dataclass
class Kind:
    """What a run of a locustfile must show."""

    classes: int
    """The sum of its classes' weights."""
    rows: set[str]
    """All rows, as `TYPE name`."""
    tasks: dict[str, float]
    """Rows that are in the proportions of their tasks' weights."""
    failures: set[str]
    """All failures, as `TYPE name: text`."""
    burst: dict[str, int] = field(default_factory=dict)
    """How often a task makes this row of `tasks`, if not once."""
    equal: list[set[str]] = field(default_factory=list)
    """Rows that a task makes together."""
    sequence: list[str] = field(default_factory=list)
    """Rows of tasks that follow each other."""
    per_user: set[str] = field(default_factory=set)
    """Rows that each of the five users makes once."""


KINDS = {
    "shop": Kind(
        classes=3,
        rows={
            "GET /shop/",
            "GET /shop/offers",
            "GET /shop/category/[name]",
            "GET /shop/product/[id]",
            "GET /shop/product/[id]/reviews",
            "GET /shop/search",
            "POST /shop/newsletter",
            "POST /shop/cart",
            "GET /shop/cart",
            "POST /shop/checkout",
        },
        tasks={
            "GET /shop/": 1,
            "GET /shop/product/[id]/reviews": 2,
            "GET /shop/search": 2,
            "POST /shop/newsletter": 1,
        },
        failures={
            "GET /shop/product/[id]: CatchResponseError('the page has no button')",
            "GET /shop/search: CatchResponseError('no results for unicorn')",
        },
        equal=[{"POST /shop/cart", "POST /shop/checkout"}],
        per_user={"GET /shop/offers"},
    ),
    "rest_api": Kind(
        classes=1,
        rows={
            "POST /api/login",
            "GET /api/customers/me",
            "GET /api/stock/[sku]",
            "PUT /api/wishes/[sku]",
            "GET /api/orders",
            "POST /api/orders",
            "GET /api/orders/[id]",
            "PATCH /api/orders/[id]",
            "DELETE /api/orders/[id]",
            "GET /api/orders/[id] (deleted)",
            "POST /api/logout",
        },
        tasks={
            "POST /api/orders": 1,
            "GET /api/customers/me": 1,
            "GET /api/stock/[sku]": 1,
            "PUT /api/wishes/[sku]": 1,
            "GET /api/orders": 2,
        },
        failures={"POST /api/orders: CatchResponseError('not created: out of stock')"},
        sequence=["PATCH /api/orders/[id]", "DELETE /api/orders/[id]", "GET /api/orders/[id] (deleted)"],
        per_user={"POST /api/login", "POST /api/logout"},
    ),
    "form_shop": Kind(
        classes=1,
        rows={
            "GET /forms/login",
            "POST /forms/login",
            "GET /forms/help",
            "GET /forms/support",
            "POST /forms/support",
            "GET /forms/catalogue",
            "GET /forms/item/[id]",
            "GET /forms/image/[id]",
            "POST /forms/item/[id]/order",
        },
        tasks={"GET /forms/help": 1, "GET /forms/support": 1, "POST /forms/item/[id]/order": 2},
        failures={r"POST /forms/item/[id]/order: CatchResponseError('Only 4 of these\nare left.')"},
        equal=[
            {"GET /forms/support", "POST /forms/support"},
            {"GET /forms/catalogue", "GET /forms/item/[id]"},
        ],
        per_user={"GET /forms/login", "POST /forms/login"},
    ),
    "storage": Kind(
        classes=1,
        rows={
            "POST /storage/files",
            "GET /storage/files",
            "GET /storage/files/[id]",
            "GET /storage/files/[id] (range)",
            "HEAD /storage/files/[id]",
            "PATCH /storage/files/[id]",
            "DELETE /storage/files/[id]",
            "GET /storage/quota",
        },
        tasks={
            "POST /storage/files": 4,
            "GET /storage/files/[id]": 4,
            "GET /storage/files/[id] (range)": 2,
            "HEAD /storage/files/[id]": 1,
            "PATCH /storage/files/[id]": 1,
            "GET /storage/files": 1,
            "GET /storage/quota": 1,
        },
        failures={"POST /storage/files: CatchResponseError('upload refused: quota exceeded')"},
    ),
    "graphql": Kind(
        classes=1,
        rows={
            f"POST /graphql {operation}"
            for operation in ("Profile", "News", "Products", "Product", "Search", "Orders", "Rate")
        },
        tasks={
            "POST /graphql Profile": 2,
            "POST /graphql Products": 2,
            "POST /graphql Search": 1,
            "POST /graphql Orders": 1,
            "POST /graphql Rate": 1,
        },
        failures={"POST /graphql Rate: CatchResponseError('BAD_USER_INPUT: stars must be 1 to 5')"},
        equal=[{"POST /graphql Profile", "POST /graphql News"}],
    ),
    "accounts": Kind(
        classes=1,
        rows={
            "POST /portal/login",
            "GET /portal/balance",
            "GET /portal/notices",
            "GET /portal/statements/[month].pdf",
            "GET /portal/transfers?page=[page]",
            "POST /portal/transfers",
        },
        tasks={
            "GET /portal/balance": 3,
            "GET /portal/notices": 1,
            "GET /portal/statements/[month].pdf": 1,
            "POST /portal/transfers": 1,
        },
        failures={"POST /portal/login: CatchResponseError('account eve@example.com is locked')"},
    ),
    "llm": Kind(
        classes=1,
        rows={
            "GET /v1/models",
            "POST /v1/embeddings",
            "POST /v1/chat/completions",
            "LLM time to first token",
            "LLM total",
        },
        tasks={"GET /v1/models": 1, "POST /v1/embeddings": 1, "POST /v1/chat/completions": 4, "LLM total": 3},
        failures={
            "POST /v1/chat/completions: CatchResponseError('422 content_policy')",
            "POST /v1/chat/completions: CatchResponseError('the stream ended early')",
        },
        equal=[{"LLM time to first token", "LLM total"}],
    ),
    "django_site": Kind(
        classes=1,
        rows={
            "GET /django/login/",
            "POST /django/login/",
            "GET /django/notes/",
            "GET /django/notes/[id]/",
            "GET /django/notes/?q=[text]",
            "POST /django/settings/",
            "POST /django/notes/add/",
            "POST /django/api/notes/[id]/like/",
            "POST /django/logout/",
        },
        tasks={
            "GET /django/notes/": 4,
            "GET /django/notes/[id]/": 1,
            "GET /django/notes/?q=[text]": 1,
            "POST /django/settings/": 1,
            "POST /django/notes/add/": 2,
            "POST /django/api/notes/[id]/like/": 1,
        },
        failures={
            "POST /django/notes/add/: CatchResponseError('the form has errors')",
            "POST /django/api/notes/[id]/like/: CatchResponseError('the like was not counted')",
        },
        per_user={"GET /django/login/", "POST /django/login/", "POST /django/logout/"},
    ),
    "signed_api": Kind(
        classes=1,
        rows={
            "GET /signed/objects",
            "GET /signed/buckets",
            "GET /signed/objects/[key]",
            "PUT /signed/objects/[key]",
            "DELETE /signed/objects/[key]",
        },
        tasks={
            "GET /signed/objects": 3,
            "GET /signed/buckets": 1,
            "GET /signed/objects/[key]": 1,
            "PUT /signed/objects/[key]": 2,
            "DELETE /signed/objects/[key]": 1,
        },
        failures={
            "DELETE /signed/objects/[key]: HTTPError('403 Client Error: Forbidden for url: /signed/objects/[key]')"
        },
    ),
    "chat": Kind(
        classes=1,
        rows={
            "WS connect",
            "WS join",
            "WS say",
            "WS typing",
            "WS members",
            "WS history",
            "WS said by others",
        },
        tasks={"WS say": 4, "WS typing": 1, "WS members": 1, "WS history": 1},
        failures={"WS say: be polite"},
        per_user={"WS connect", "WS join"},
    ),
    "push": Kind(
        classes=1,
        rows={
            "PUSH subscribe",
            "PUSH news",
            "PUSH prices",
            "PUSH acknowledge",
            "PUSH mute",
            "PUSH move",
        },
        tasks={"PUSH acknowledge": 2, "PUSH mute": 1, "PUSH move": 1},
        failures={"PUSH news: 1 messages lost", "PUSH prices: 1 messages lost"},
        per_user={"PUSH subscribe"},
    ),
    "cache": Kind(
        classes=1,
        rows={
            "REDIS INCR",
            "REDIS GET",
            "REDIS SET",
            "REDIS ZINCRBY",
            "REDIS ZREVRANGE",
            "REDIS pipeline",
            "REDIS DEL",
            "REDIS ZREVRANK",
            "REDIS HSET",
            "REDIS LPUSH (wrong type)",
            "REDIS UNLINK",
        },
        tasks={
            "REDIS GET": 6,
            "REDIS ZINCRBY": 3,
            "REDIS pipeline": 2,
            "REDIS DEL": 1,
            "REDIS ZREVRANK": 1,
            "REDIS HSET": 1,
            "REDIS LPUSH (wrong type)": 1,
        },
        failures={"REDIS LPUSH (wrong type): WRONGTYPE Operation against a key holding the wrong kind of value"},
        equal=[{"REDIS ZINCRBY", "REDIS ZREVRANGE"}],
        per_user={"REDIS INCR", "REDIS UNLINK"},
    ),
}
TILES = Kind(
    classes=2,
    rows={
        "GET /tiles/[z]/[x]/[y].png",
        "GET /styles/streets.json",
        "GET /fonts/[font]/[range].pbf",
        "GET /places?q=[city]",
        "GET /changes?limit=5",
        "PUT /places/[id]",
    },
    tasks={
        "GET /tiles/[z]/[x]/[y].png": 6,
        "GET /styles/streets.json": 1,
        "GET /fonts/[font]/[range].pbf": 1,
        "GET /places?q=[city]": 1,
    },
    failures={
        "GET /tiles/[z]/[x]/[y].png: CatchResponseError('not an image')",
        "GET /places?q=[city]: CatchResponseError('wrong place')",
        "PUT /places/[id]: CatchResponseError('wrong version')",
    },
    burst={"GET /tiles/[z]/[x]/[y].png": 4},
)
PUSHED = {"PUSH news", "PUSH prices", "WS said by others"}
"""Rows of messages that servers send; the last ones are on their way when the users end."""


COMPILING = {"CPPWORKER_CACHE_DIR": str(CACHE), "CPPWORKER_CXXFLAGS": "-O0"}


def compile_all(names: list[str], env: dict[str, str]) -> None:
    """Compiles them into the cache, two at a time. If several test processes need a file, one compiles it and the others wait."""
    CACHE.mkdir(parents=True, exist_ok=True)

    def compile_one(name: str) -> None:
        command = [BINARY, "-f", f"{name}.cpp", "--list"]
        with (CACHE / f"twin-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = Process("cpp-worker", command, cwd=TWINS, env=env | COMPILING)
            try:
                assert process.wait(COMPILE_PATIENCE) == 0, process.output
            finally:
                process.stop()

    if not SELF_CHECK:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(compile_one, names))


@dataclass
class Run:
    """A finished test of a master with one worker."""

    worker: str
    rows: Counter
    failures: Counter
    """How often each `TYPE name: text`."""
    exceptions: set[str]
    seen: Counter
    """What the servers counted, by row."""
    complaints: list[str]
    """Why servers refused requests that a correct user does not send."""
    output: str


def settings(kinds: list[Kind]) -> dict[str, str]:
    """What until_enough.py waits for: every row that is not made once, and every failure."""
    rows = set().union(*(kind.rows - kind.per_user for kind in kinds))
    return {
        "ROWS": json.dumps(dict.fromkeys(rows, 2 * USERS)),
        "FAILURES": json.dumps(sorted(set().union(*(kind.failures for kind in kinds)))),
    }


def problems(kind: Kind, run: Run) -> list[str]:
    """What is wrong with the rows of this kind; `run` may have others, too."""
    found = []

    def expect(condition: bool, text: str) -> None:
        if not condition:
            found.append(f"{run.worker}: {text}")

    users = USERS * kind.classes
    for row in sorted(kind.rows):
        missing = run.seen[row] - run.rows[row]
        # On a busy machine, the stock worker cuts off requests at the end of the test and does not count them.
        cut_off = users if run.worker.startswith("stock") else 0
        is_right = run.rows[row] > 0 and (0 <= missing <= cut_off or row in PUSHED and missing > 0)
        # A task of llm.py ends its streams itself; a server does not see that.
        is_right |= row.startswith("LLM") and run.rows[row] > 0
        expect(is_right, f"{row}: {run.rows[row]} in the table, {run.seen[row]} at the server")
    for row in sorted(kind.per_user):
        expect(run.rows[row] == USERS, f"{row}: {run.rows[row]}, not once per user")
    for rows in kind.equal:
        counts = {row: run.rows[row] for row in rows}
        expect(max(counts.values()) - min(counts.values()) <= users, f"{counts} differ")
    for before, after in zip(kind.sequence, kind.sequence[1:]):
        a, b = run.rows[before], run.rows[after]
        expect(0 <= a - b <= users, f"{before}: {a}, then {after}: {b}")
    counts = {row: run.rows[row] / kind.burst.get(row, 1) for row in kind.tasks}
    for row, weight in kind.tasks.items():
        share, total = weight / sum(kind.tasks.values()), sum(counts.values())
        # Five standard deviations of the random choice of a task, and a task of each user that has just begun.
        slack = 5 * math.sqrt(total * share * (1 - share)) + users
        expect(abs(counts[row] - share * total) <= slack, f"{row}: {counts[row]} of {total}, expected {share:.1%}")
    failures = {text for text in run.failures if text.partition(": ")[0] in kind.rows}
    expect(failures == kind.failures, f"failures {failures ^ kind.failures} are missing or too many")
    return found


def different_failures(kinds: list[Kind], stock: Run, ours: Run) -> list[str]:
    """Failures whose proportions differ: five standard deviations of the difference of two samples, and one request of
    each user."""
    found = []
    for text in set().union(*(kind.failures for kind in kinds)):
        row = text.partition(": ")[0]
        samples = [(run.failures[text], run.rows[row]) for run in (stock, ours)]
        if all(total for _, total in samples):
            share = sum(failed for failed, _ in samples) / sum(total for _, total in samples)
            weight = sum(1 / total for _, total in samples)
            slack = 5 * math.sqrt(share * (1 - share) * weight) + USERS * weight
            difference = samples[0][0] / samples[0][1] - samples[1][0] / samples[1][1]
            if abs(difference) > slack:
                found.append(f"{text}: {samples} of the Python worker and ours")
    return found


def check(kinds: list[Kind], stock: Run, ours: Run) -> None:
    found = different_failures(kinds, stock, ours)
    for run in (stock, ours):
        for kind in kinds:
            found += problems(kind, run)
        unknown = set(run.rows) - set().union(*(kind.rows for kind in kinds))
        found += [f"{run.worker}: rows {unknown}"] if unknown else []
        found += [f"{run.worker}: refused: {complaint}" for complaint in run.complaints]
        found += [f"{run.worker}: exception {exception}" for exception in run.exceptions]
    assert not found, "\n".join([*found, stock.output, ours.output])
