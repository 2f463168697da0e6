"""tools/from_python without cpp-worker: what single statements, names, comments and odd files become."""

from __future__ import annotations

import keyword
import re
import shutil
import subprocess
import sys
import textwrap
import tokenize

import pytest

from support.settings import LOCUSTFILES, REPOSITORY

sys.path.insert(0, str(REPOSITORY / "tools" / "from_python"))
sys.dont_write_bytecode = True

from names import Names  # noqa: E402
from skeleton import UnreadableLocustfile, skeleton_of_source  # noqa: E402
from source import Source  # noqa: E402

INCLUDE = REPOSITORY / "include"
FROM = LOCUSTFILES / "from"


def skeleton(text: str) -> str:
    return skeleton_of_source(Source(textwrap.dedent(text), "locustfile.py"), str(INCLUDE))


def body_of(statements: str, base: str = "HttpUser", before: str = "") -> list[str]:
    """The lines of a task with these statements."""
    indented = textwrap.indent(textwrap.dedent(statements).strip("\n"), " " * 8)
    text = skeleton(
        "import time, gevent, random, logging\nfrom locust import *\nfrom locust.exception import *\n"
        f"{before}\nclass TheClass({base}):\n    @task\n    def the_task(self):\n{indented}\n"
        "    def helper(self): pass\n    def value(self): return 1\n    def given(self, x): pass\n"
    )
    match = re.search(r"\n  void the_task\(\) (\{ ([^\n]*) \}|\{\n(.*?)\n  \}|\{\})\n", text, re.S)
    assert match, text
    if match[2]:
        return [match[2]]
    return [line[4:] for line in (match[3] or "").split("\n") if line]


TRANSLATED = [
    ('self.client.get("/x")', 'client().get("/x");'),
    ("self.client.get('/x')", 'client().get("/x");'),
    ('self.client.get(url="/x", name="n")', 'client().get("/x", {.name = "n"});'),
    ('self.client.delete("/x")', 'client().delete_("/x");'),
    ('self.client.request("PURGE", "/x")', 'client().request("PURGE", "/x");'),
    ('self.client.get("/x", name=None, timeout=None)', 'client().get("/x");'),
    (
        'self.client.post("/x", json={"id": 7, "ok": True}, name="n")',
        'client().post("/x", {.name = "n", .json = R"({"id": 7, "ok": true})"});',
    ),
    ('self.client.post("/x", json=[])', 'client().post("/x", {.json = "[]"});'),
    ("""self.client.post("/x", json=')"')""", """client().post("/x", {.json = R"(")\\"")"});"""),
    ('self.client.post("/x", json={"a": "é"})', 'client().post("/x", {.json = R"({"a": "\\u00e9"})"});'),
    ('self.client.post("/x", {"a": "1", "n": 2})', 'client().post("/x", {.form = {{"a", "1"}, {"n", "2"}}});'),
    ('self.client.post("/x", data="a=1")', 'client().post("/x", {.data = "a=1"});'),
    ('self.client.post("/x", data=b"\\xff1")', 'client().post("/x", {.data = "\\3771"});'),
    ('self.client.post("/x", data=r"\\d")', 'client().post("/x", {.data = R"(\\d)"});'),
    (
        'self.client.get("/", headers={"A": "b"}, params={"q": "x"}, cookies={"c": "d"})',
        'client().get("/", {.params = {{"q", "x"}}, .headers = {{"A", "b"}}, .cookies = {{"c", "d"}}});',
    ),
    ('self.client.get("/x", auth=("a", "b"))', 'client().get("/x", {.auth = Auth{"a", "b"}});'),
    ('self.client.get("/x", timeout=(3, 0.5))', 'client().get("/x", {.timeout = {3s, 500ms}});'),
    (
        'self.client.get("/x", allow_redirects=False, verify=False)',
        'client().get("/x", {.allow_redirects = false, .verify = false});',
    ),
    ('self.client.get("/a" + "/b")', 'client().get("/a/b");'),
    ('self.client.get(f"/a")', 'client().get("/a");'),
    ('self.client.get("/a%%b%s" % "c")', 'client().get("/a%bc");'),
    ('self.client.get("/\\n\\t\\x01\\"\\\\")', 'client().get("/\\n\\t\\001\\"\\\\");'),
    ('self.client.get("/what??/")', 'client().get("/what?\\?/");'),
    ('self.client.headers["X"] = "y"', 'client().headers["X"] = "y";'),
    ("self.client.verify = False", "client().verify = false;"),
    ("time.sleep(1)", "sleep_for(1s);"),
    ("time.sleep(0.25)", "sleep_for(250ms);"),
    ("time.sleep(60 * 2)", "sleep_for(120s);"),
    ("time.sleep(0.0001)", "sleep_for(Seconds{0.0001});"),
    ("gevent.sleep(2)", "sleep_for(2s);"),
    ("time.sleep(random.uniform(0.5, 2))", "sleep_for(Seconds(uniform(0.5, 2)));"),
    ('self.client.get(f"/{random.randint(1, 9)}")', 'client().get("/" + std::to_string(randint(1, 9)));'),
    ('logging.warning("slow")', 'log_warning("slow");'),
    ("self.wait()", "wait();"),
    ("self.helper()", "helper();"),
    ("return", "return;"),
    ("raise StopUser()", "throw StopUser{};"),
    ("raise RescheduleTask", "throw RescheduleTask{};"),
    ("r = self.client.get('/x')", 'Response r = client().get("/x");'),
]


@pytest.mark.parametrize(("python", "cpp"), TRANSLATED, ids=[python for python, _ in TRANSLATED])
def test_simple_statements_are_translated(python, cpp):
    assert body_of(python) == [cpp]


STAY_COMMENTS = [
    "self.client.get(path)",
    "self.client.get('/x', stream=True)",
    "self.client.get('/x', **options)",
    "self.client.get('/x', headers=self.headers)",
    "self.client.get('/x', catch_response=True)",
    'self.client.get("/\\0")',
    'self.client.get("/\\ud800")',
    "self.client.get(f'/{self.x}')",
    "self.client.get(f'/{1:03}')",
    "self.client.get('/%5d' % 1)",
    "self.client.post('/x', json={'a': float('inf')})",
    "self.client.post('/x', json={'a': b''})",
    "self.client.post('/x', data={'a': [1, 2]})",
    "self.client.unknown('/x')",
    "other.client.get('/x')",
    "time.sleep(random.random())",
    "time.sleep(-1)",
    "self.interrupt()",  # not in a set
    "self.value()",  # it returns something
    "self.given(1)",
    "self.unknown()",
    "self.x = 1",
    "x = 1",
    "raise ValueError()",
    "return 1",
    "print('x')",
    "logging.info('x %s', 1)",
    "time.sleep(random.uniform(self.a, 2))",
    "while True: break",
    "if self.x: self.wait()",
    "for i in self.x: self.wait()",
    "for i in range(3): print(i)",
    "del self.x",
    "x: int = 3",
    "self.client.get('/x').json()",
    "await self.client.get('/x')",
]


@pytest.mark.parametrize("python", STAY_COMMENTS)
def test_everything_else_is_a_comment(python):
    try:
        lines = body_of(python)
    except UnreadableLocustfile:
        assert python.startswith("await")  # no statement outside of an async function
        return
    *notes, first, second = lines
    assert first.startswith("// TODO: translate from line 8:")
    assert second == "// " + python
    assert all(note.startswith("// TODO: ") for note in notes)


def test_a_variable_hides_a_module():
    assert body_of("time = self\ntime.sleep(1)")[-1] == "// time.sleep(1)"


def test_statements_of_sets():
    assert body_of("self.interrupt()", "TaskSet") == ["interrupt();"]
    assert body_of("self.interrupt(False)", "TaskSet") == ["interrupt(false);"]
    assert body_of("self.interrupt(reschedule=False)", "TaskSet") == ["interrupt(false);"]
    assert body_of("self.user.client.get('/x')", "TaskSet") == ['client().get("/x");']


def test_a_user_without_a_client():
    assert body_of("self.client.get('/x')", "User")[-1] == "// self.client.get('/x')"


def test_constants_of_the_module():
    before = 'HOST = "/h"\nN = 3\nx = 1\nx = 2'
    assert body_of('self.client.get(f"{HOST}/{N}")', before=before) == [
        'client().get(std::string(HOST) + "/" + std::to_string(N));'
    ]
    assert body_of("time.sleep(N)", before=before) == ["sleep_for(3s);"]
    assert body_of("time.sleep(x)", before=before)[-1] == "// time.sleep(x)", "assigned twice"


def test_checks_of_responses():
    lines = body_of(
        """
        with self.client.get("/x", catch_response=True) as r:
            # as in the manual
            if r.status_code == 404 or "no" not in r.text:
                r.success()
            elif r.elapsed.total_seconds() > 0.5:
                r.failure(f"slow, {r.status_code}")  # half a second
            else:
                r.failure("else")
            print(r)
        """
    )
    assert lines == [
        'client().get("/x", {}, [](CatchResponse& r) {',
        "  // as in the manual",
        "  // half a second",
        '  if (r.status_code == 404 || r.text.find("no") == std::string::npos) {',
        "    r.success();",
        "  } else if (r.elapsed > 500ms) {",
        '    r.failure("slow, " + std::to_string(r.status_code));',
        "  } else {",
        '    r.failure("else");',
        "  }",
        "  // TODO: translate from line 16:",
        "  // print(r)",
        "});",
    ]


def test_a_return_in_a_check_would_end_the_task():
    lines = body_of("with self.client.get('/x', catch_response=True) as r:\n    return")
    assert lines[0].startswith("// TODO")


def test_loops():
    assert body_of("for i in range(1, 3):\n    self.client.get('/%d' % i)\n    self.wait()") == [
        "for (int i = 1; i < 3; ++i) {",
        '  client().get("/" + std::to_string(i));',
        "  wait();",
        "}",
    ]


def test_comments_and_blank_lines_stay_in_order():
    lines = body_of(
        """
        '''Doc.

        More.'''
        # first

        self.wait()  # second
        x = [
            1,  # third
        ]

        y = 2
        # fourth
        self.wait()
        """
    )
    assert lines == [
        "// Doc.",
        "//",
        "// More.",
        "// first",
        "// second",
        "wait();",
        "// TODO: translate from line 14:",
        "// x = [",
        "//     1,  # third",
        "// ]",
        "//",
        "// y = 2",
        "// fourth",
        "wait();",
    ]


def test_lines_that_would_end_or_continue_a_comment():
    lines = body_of('x = 1 + \\\n    2\ny = """\n*/ /* ??/\n\ttab \\\n"""')
    assert lines == [
        "// TODO: translate from line 8:",
        "// x = 1 + \\ //",
        "//     2",
        '// y = """',
        "// */ /* ??/ //",
        "//     tab \\ //",
        '// """',
    ]


def test_long_lines_are_wrapped():
    lines = body_of("x = [" + ", ".join(str(number) for number in range(100)) + "]")
    assert all(len(line) <= 96 for line in lines)
    assert "".join(line.removeprefix("//").strip() + " " for line in lines[1:]).split() == (
        "x = [" + ", ".join(str(number) for number in range(100)) + "]"
    ).split()


def test_a_very_long_body():
    lines = body_of("\n".join(f"x{number} = {number}\nself.client.get('/{number}')" for number in range(500)))
    assert len(lines) == 3 * 500


def test_deep_nesting_is_no_crash():
    expression = "(" * 80 + "1" + ")" * 80 + " + 1" * 3000
    try:
        text = skeleton(f"from locust import *\nx = {expression}\n")
    except UnreadableLocustfile as error:
        text = str(error) + "CPPWORKER_LOCUSTFILE("
    assert "CPPWORKER_LOCUSTFILE(" in text


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "x = 1\n", "pass", '"""doc"""', "\ufeff"])
def test_files_without_a_user(text):
    written = skeleton(text) if not text.startswith("\ufeff") else skeleton(text[1:])
    assert "// TODO: list your user classes here. A locustfile needs at least one.\nCPPWORKER_LOCUSTFILE()\n" in written


WAITS = [
    ("between(1, 5)", "between(1s, 5s)"),
    ("between(0.5, 1.25)", "between(500ms, 1250ms)"),
    ("between(min_wait=1, max_wait=2)", "between(1s, 2s)"),
    ("constant(0)", "constant(0s)"),
    ("constant_pacing(1 / 4)", "constant_pacing(250ms)"),
    ("constant_throughput(0.1)", "constant_throughput(0.1)"),
    ("locust.constant(3)", "constant(3s)"),
    ("between(LOW, 5)", "between(Seconds(LOW), 5s)"),
]


@pytest.mark.parametrize(("python", "cpp"), WAITS)
def test_wait_times(python, cpp):
    text = skeleton(f"import locust, os\nfrom locust import *\nLOW = 2\nclass A(HttpUser):\n    wait_time = {python}\n")
    assert f"\n  static constexpr WaitTime wait_time = {cpp};\n" in text


def test_values_from_the_environment():
    text = skeleton(
        """
        import os
        from locust import *
        HOST = os.environ.get("HOST", "http://x")
        PAUSE = float(os.getenv("PAUSE", "1.5"))
        API = HOST + "/api"
        class A(HttpUser):
            host = HOST
            weight = int(os.getenv("WEIGHT", 3))
            wait_time = between(PAUSE, int(os.getenv("MAX", "5")))
            key = os.getenv("KEY", "k")
            @task(int(os.getenv("N", "4")))
            def a(self): pass
        """
    )
    for line in (
        'const std::string HOST = env("HOST", "http://x");',
        'const double PAUSE = env("PAUSE", 1.5);',
        '// TODO: the default of line 6: API = HOST + "/api"\nconstexpr std::string_view API = "http://x/api";',
        "  inline static const std::string host = HOST;",
        '  inline static const int weight = env("WEIGHT", 3);',
        '  inline static const WaitTime wait_time = between(Seconds(PAUSE), Seconds(env("MAX", 5)));',
        '  std::string key = env("KEY", "k");',
        '  // TODO: translate a weight: int(os.getenv("N", "4"))',
    ):
        assert f"\n{line}\n" in text, line


@pytest.mark.parametrize("python", ["between(5, 1)", "constant(-1)", "constant_throughput(0)", "own()", "constant('x')"])
def test_wait_times_that_do_not_compile_are_comments(python):
    text = skeleton(f"from locust import *\nclass A(HttpUser):\n    wait_time = {python}\n")
    assert f"\n  // wait_time = {python}\n" in text
    assert "WaitTime" not in text


def test_own_wait_times():
    text = skeleton(
        "from locust import *\n"
        "class A(HttpUser):\n    wait_time = lambda self: 2\n"
        "class B(HttpUser):\n    def wait_time(self):\n        return 0.5\n"
        "class C(HttpUser):\n    wait_time = lambda self: own()\n"
    )
    assert "  Seconds wait_time() { return 2s; }\n" in text
    assert "  Seconds wait_time() { return 500ms; }\n" in text
    assert (
        "  Seconds wait_time() {\n    // TODO: translate from line 8:\n    // wait_time = lambda self: own()\n    return 1s;\n  }\n"
        in text
    )


def test_methods_with_a_result_and_without_a_body():
    text = skeleton("from locust import *\nclass A(User):\n    def wait_time(self): pass\n    def context(self): pass\n")
    assert "  Seconds wait_time() {\n    return 1s;  // TODO: the wait time\n  }\n" in text
    assert "  [[nodiscard]] Value::Map context() override {\n    return {};  // TODO: the context\n  }\n" in text


def test_class_attributes():
    text = skeleton(
        """
        import os
        from dataclasses import field
        from locust import *
        class A(FastHttpUser):
            weight = 3
            fixed_count = 2
            host = "http://x"
            network_timeout = 2.5
            insecure = False
            token = None
            count = 0
            ratio = 0.5
            is_new = True
            name_of: str = "é"
            shared = 0
            listed: list = field(default_factory=list)
            only_a_type: int
            weight_of = int(os.getenv("W", 4))
        A.shared += 1
        """
    )
    for line in (
        "static constexpr int weight = 3;",
        "static constexpr int fixed_count = 2;",
        'static constexpr std::string_view host = "http://x";',
        "static constexpr Seconds network_timeout{2.5};",
        "static constexpr bool insecure = false;",
        "// token = None",
        "int count = 0;",
        "double ratio = 0.5;",
        "bool is_new = true;",
        'std::string name_of = "é";',
        "// shared = 0",
        "// listed: list = field(default_factory=list)",
        "// only_a_type: int",
        'int weight_of = env("W", 4);',
    ):
        assert f"\n  {line}\n" in text, line


def test_arguments_listeners_and_shapes():
    text = (
        skeleton((FROM / "own_arguments.py").read_text())
        + skeleton((FROM / "listeners.py").read_text())
        + skeleton((FROM / "load_shape.py").read_text())
    )
    for part in (
        '{.name = "--page-size", .default_value = 20}',
        '{.name = "--ratio", .default_value = 1.0, .help = "Ratio of writers"}',
        '{.name = "-k,--kind", .default_value = "plain", .is_secret = true}',
        "environment.events.test_start.add_listener([](const EnvironmentEvent&) {",
        "environment.events.request.add_listener([](const RequestEvent&) {",
        "environment.events.report_to_master.add_listener([](const ReportToMasterEvent&) {",
        "no event worker_report",
        "CPPWORKER_INIT(init)\nCPPWORKER_LOCUSTFILE(PlainUser)",
        "// A load shape runs on the master: keep it in the master's Python file.\n// class StagesShape(LoadTestShape):",
    ):
        assert part in text, part


@pytest.mark.parametrize("file", sorted(FROM.glob("*.py")), ids=lambda file: file.stem)
def test_each_comment_of_the_python_file_is_kept(file):
    written = skeleton(file.read_text())
    with file.open("rb") as opened:
        tokens = [token for token in tokenize.tokenize(opened.readline) if token.type == tokenize.COMMENT]
    for token in tokens:
        assert all(word in written for word in token.string.removeprefix("#").split()), token


def test_comments_at_heads_are_kept():
    text = skeleton(
        """
        from locust import *
        class A(HttpUser):  # one
            # two
            @task  # three
            def a(self):  # four
                self.client.get(  # five
                    "/x",  # six
                )
            weight = (  # seven
                3
            )
            tasks = [  # eight
            ]
            # nine
            @task
            class S(TaskSet):  # ten
                @task
                def b(
                    self,  # eleven
                ):
                    pass  # twelve
                # thirteen
        # fourteen
        N = [  # fifteen
            1]
        @events.init_command_line_parser.add_listener
        def add(parser):  # sixteen
            # seventeen
            parser.add_argument("--x", default="y")  # eighteen
        @events.test_start.add_listener  # nineteen
        def start(environment, **_):  # twenty
            pass
        """
    )
    numbers = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()
    found = re.findall(r"(?:// |# )(" + "|".join(numbers) + r")\b", text)
    assert sorted(found) == sorted(numbers)


def test_names_that_are_taken():
    names = Names(str(INCLUDE))
    assert names.of_module("read") == "read_", "a function of the C library"
    assert names.of_module("index") == "index", "many Python files have it; no header of ours declares it"
    assert names.of_module("sleep_for") == "sleep_for_"
    assert names.of_user("User") == "User", "the master identifies users by their names"
    assert names.is_ambiguous("User")
    assert not names.is_ambiguous("ShopUser")
    assert names.of_member("delete", []) == "delete_"
    assert names.of_member("Set", ["Set"]) == "Set_"
    assert names.of_member("client", ["client_"]) == "client__"
    assert names.of_variable("errno") == "errno_"


def test_each_name_in_a_header_can_be_a_name_in_python(tmp_path):
    """Constants and methods with all names that the preprocessed headers contain: the compiler accepts the skeleton."""
    headers = "#include <string>\n#include <string_view>\n#include <cppworker/locust.hpp>\n"
    compiler = [shutil.which("g++"), "-std=c++20", "-x", "c++", f"-I{INCLUDE}"]
    text = subprocess.run([*compiler, "-E", "-dD", "-"], input=headers, capture_output=True, text=True, check=True).stdout
    words = set(re.findall(r"\b[A-Za-z]\w*\b", re.sub(r'"(\\.|[^"\\])*"', "", text)))
    # With a "_" at its end, a name could be that of another one with the "_" that it gets.
    free = sorted(word for word in words if not keyword.iskeyword(word) and not word.endswith("_") and word != "HttpUser")
    assert len(free) > 3000
    constants = "".join(f"{word} = 1\n" for word in free)
    methods = "".join(f"    def {word}(self): pass\n" for word in free if not word.startswith("wait_time"))
    python = f"import locust as imported\n{constants}class TheUser(imported.HttpUser):\n{methods}"
    written = skeleton(python + "    @imported.task\n    def the_task(self): pass\n")
    assert written.count("\nconstexpr int ") == len(free)
    done = subprocess.run(
        [*compiler, "-Wall", "-Werror", "-fsyntax-only", "-"], input=written, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[:3000]


def test_an_odd_file_compiles():
    written = skeleton((FROM / "odd" / "odd.py").read_text())
    done = subprocess.run(
        [shutil.which("g++"), "-std=c++20", "-Wall", "-Werror", "-fsyntax-only", f"-I{INCLUDE}", "-x", "c++", "-"],
        input=written,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[:3000]


@pytest.mark.skipif(shutil.which("clang-format-14") is None, reason="needs clang-format-14")
def test_skeletons_are_formatted(tmp_path):
    """With .clang-format, except where a single text is longer than a line."""
    shutil.copy(REPOSITORY / ".clang-format", tmp_path)
    for file in FROM.glob("*.py"):
        if file.stem in ("graphql", "rest_api"):
            continue
        written = tmp_path / f"{file.stem}.cpp"
        written.write_text(skeleton(file.read_text()))
    done = subprocess.run(
        ["clang-format-14", "--dry-run", "-Werror", *tmp_path.glob("*.cpp")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
