"""Odd code, which Locust itself does not load: its skeleton compiles all the same."""
from dataclasses import dataclass, field
from locust import HttpUser, task, TaskSet, between, constant, tag
import os
A, B = 1, 2
X = Y = 3
NAN = float("nan")
BIG = 10**12
NEG = -5
TXT = "tab\there \"q\" \\ \x00nul"
EMPTY = ""
LONG = "a" "b"
QQ = "what??/ \u202e rtl"
def f(a, b, *args, c=1, **kw): return a
async def g(user): pass
f(1, 2)
if os.getenv("X"):
    class Cond(HttpUser):
        pass
else:
    Z = 1
class C(HttpUser):
    weight = int(os.environ["W"])
    fixed_count = 1 + 2
    host = "http://" + os.getenv("H", "h")
    wait_time = between(5, 1)
    tasks = [lambda self: None, f] + []
    @property
    def p(self): return 1
    @staticmethod
    def s(): pass
    @classmethod
    def k(cls): pass
    def __enter__(self): pass
    def m(self, x: int = 3, /, y=4): pass
    def kwonly(self, *, z): pass
    client = None
    environment = 1
    data: dict = field(default_factory=dict)
    name: str
    float_ = 1.5e300
    i = 1
    j, l = 1, 2
    C = 3
    @task
    def C(self): pass
    @task(-1)
    def neg(self): pass
    @task(0)
    def zero(self): "doc"; x = 1; self.client.get("/")
    @task(int(os.getenv("N", "4")))
    def env(self):
        """Doc.

        More \\
        """
        # only a comment
        return
        # last comment
    @task
    def t(self):  # trailing
        x = self.client.get("/a")
        x = 3
        for x in range(3):
            self.client.get("/b")
        self.client.get("/c", headers={})
        self.client.get("/c", name=None, catch_response=False)
        self.client.get(url="/d", stream=True)
        self.client.post("/e", data="\0", json={"a": float("inf")})
        self.client.post("/e", json={"a": "\ud800", "b": 'R"x(' + ')"'})
        self.client.post("/e", json=")\"")
        self.client.post("/e", data={"a": [1, 2], "b": None})
        self.client.post("/e", data=b"\xff\x001")
        self.client.post("/e", data="x??/y\n")
        if True: self.client.get("/f")
        while True: break
        time.sleep(1)
        self.wait ( )
        self.nothing()
        raise Exception("x")
        del x
    @tag("a", "b", "c", "d", "e", "f", "g", "h", "i")
    @task
    def many(self): pass
    @task
    def on_start(self): pass
    class Inner(TaskSet): pass
    tasks2 = [Inner]
    class Plain: x = 1
    @task
    class Empty(TaskSet):
        pass
class NoTasks(HttpUser): pass
class int(HttpUser):
    @task
    def a(self): pass
class A_(C, NoTasks): ...
class Outer(TaskSet):
    @task
    def client(self): self.client.get("/")
    @task
    def user(self): self.user.client.get("/")
class L(HttpUser):
    tasks = [Outer, Outer]
    def on_start(self, x=1): pass
    def wait_time(self): yield 1
    def context(self): return {}
class Dup(HttpUser): pass
class Dup(HttpUser):
    @task
    def x(self): pass
    @task
    def x(self): self.y()
    def y(self): pass
    y = 3
