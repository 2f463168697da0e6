"""Mistakes of locustfile authors, and what the first line of cpp-worker's message must say about each."""

from __future__ import annotations

from dataclasses import dataclass

PRELUDE = """#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

"""

CULPRIT = "// <-"
"""Marks the line that the message must name."""


@dataclass(frozen=True)
class Slip:
    name: str
    source: str
    parts: tuple[str, ...]
    """What the first line contains: the word or option that is wrong, and what to write."""

    def line(self) -> int:
        return next(i for i, line in enumerate(self.source.splitlines(), 1) if CULPRIT in line)


def user(
    *,
    body: str = 'client().get("/");',
    members: str = "",
    tasks: str = "static constexpr auto tasks() { return task_list(task<&ShopUser::browse>()); }",
    head: str = "class ShopUser : public HttpUser {",
    wait: str = "static constexpr WaitTime wait_time = between(1s, 5s);",
    end: str = "};",
    last: str = "CPPWORKER_LOCUSTFILE(ShopUser)",
) -> str:
    return f"""{head}
 public:
  {wait}

  void browse() {{
    {body}
  }}
  {members}

  {tasks}
{end}

{last}
"""


def task(name: str, statement: str, *parts: str) -> Slip:
    """A statement in a task."""
    marked = statement if CULPRIT in statement else f"{statement}  {CULPRIT}"
    return Slip(name, PRELUDE + user(body=marked), parts)


def row(name: str, rows: str, *parts: str, members: str = "") -> Slip:
    """The rows of tasks()."""
    tasks = f"static constexpr auto tasks() {{ return task_list({rows}); }}  {CULPRIT}"
    return Slip(name, PRELUDE + user(tasks=tasks, members=members), parts)


def member(name: str, text: str, *parts: str) -> Slip:
    """A member of the user class."""
    return Slip(name, PRELUDE + user(members=f"{text}  {CULPRIT}"), parts)


def wait(name: str, text: str, *parts: str) -> Slip:
    return Slip(name, PRELUDE + user(wait=f"{text}  {CULPRIT}"), parts)


def last(name: str, text: str, *parts: str) -> Slip:
    """What comes after the class."""
    marked = text if CULPRIT in text else f"{text}  {CULPRIT}"
    return Slip(name, PRELUDE + user(last=marked), parts)


def whole(name: str, text: str, *parts: str, prelude: str = PRELUDE) -> Slip:
    return Slip(name, prelude + text, parts)


def checkout(text: str, parent: str = "ShopUser", kind: str = "struct", rows: str = "task<Checkout>()") -> str:
    """A TaskSet in a user."""
    return f"""class ShopUser : public HttpUser {{
 public:
  std::string token;
  {kind} Checkout : TaskSet<{parent}> {{
    {text}
    static constexpr auto tasks() {{ return task_list(task<&Checkout::pay>()); }}
  }};
  static constexpr auto tasks() {{ return task_list({rows}); }}
}};
CPPWORKER_LOCUSTFILE(ShopUser)
"""


def shape(name: str, member: str, *parts: str, last: str = "CPPWORKER_SHAPE(Wave)") -> Slip:
    """A load shape."""
    return Slip(name, f"{PRELUDE}{user()}\nstruct Wave : LoadTestShape {{\n  {member}\n}};\n{last}\n", parts)


WAVE = "std::optional<Tick> tick() override { return std::nullopt; }"
TASKS = "static constexpr auto tasks()"

SLIPS = [
    # Options of a request
    task("option misspelled", 'client().get("/", {.nme = "/x"});', ".nme", "did you mean .name?"),
    task("option misspelled, several lines", f'client().post("/",\n        {{.name = "/x",\n         .jsn = "{{}}"}});  {CULPRIT}', ".jsn", ".json"),
    task("option misspelled in a variable", 'RequestOptions options{.nme = "/x"};', ".nme", ".name"),
    task("option of Python", 'client().get("/", {.catch_response = true});', ".catch_response", "[](CatchResponse& response)"),
    task("WebSocket without its header", 'auto socket = client().websocket("/chat");', "websocket()", "#include <cppworker/websocket.hpp>"),
    task("options in the wrong order", 'client().get("/", {.timeout = 5s, .name = "/x"});', ".name must come before .timeout", "{.name = …, .timeout = …}"),
    task("options of a variable in the wrong order", 'RequestOptions options{.json = "1", .name = "a"};', ".name must come before .json"),
    task("timeout without a unit", 'client().get("/", {.timeout = 5});', ".timeout = 5 ", "write .timeout = 5s"),
    task("timeout as a variable", 'int limit = 5; client().get("/", {.timeout = limit});', ".timeout = limit", "Seconds(limit)"),
    task("timeout as a pair", 'client().get("/", {.timeout = {3, 30}});', ".timeout = {3, 30}", ".timeout = {3s, 30s}"),
    task("timeout as a text", 'client().get("/", {.timeout = "5s"});', '.timeout = "5s"', "write .timeout = 5s"),
    task("name as a number", 'int id = 3; client().get("/", {.name = id});', ".name takes a text", "std::to_string(id)"),
    task("single quotes in an option", "client().get(\"/\", {.name = 'items'});", ".name = 'items'", 'write .name = "items"'),
    task("headers without pairs", 'client().get("/", {.headers = {"X-A", "1"}});', ".headers", '.headers = {{"X-A", "1"}}'),
    task("json as a dict", 'client().post("/", {.json = {"id": 7}});', '"id"', '.json = {{"id", 7}}'),
    task("data as a dict", 'client().post("/", {.data = {{"id", "7"}}});', ".data = {{", ".form"),
    task("keyword argument", 'client().get("/", name="/x");', "name = …", "{.name ="),
    task("option without braces", 'client().get("/", .name = "/x");', '.name = "/x"', "in braces"),
    task("option without a dot", 'client().get("/", {name = "/x"});', "name = …", "{.name ="),
    task("option in quotes", 'client().get("/", {"name": "/x"});', '"name"', '{.name = "/x"}'),
    task("check without options", 'client().get("/", [](CatchResponse& r) { r.success(); });', "third argument", "write {} before"),
    task("fields of fire misspelled", 'environment().events.request.fire({.request_tpye = "A"});', ".request_tpye", ".request_type"),
    task("response_time without a unit", 'environment().events.request.fire({.request_type = "A", .response_time = 42});', ".response_time = 42", "write .response_time = 42ms"),
    # Requests, responses and Python's words
    task("method misspelled", 'client().gett("/");', "HttpSession has no member gett", "did you mean get?"),
    task("delete", 'client().delete("/");', "delete is a keyword", 'delete_("/")'),
    task("client without parentheses", 'client.get("/");', "client is a function", "write client()"),
    task("self", 'self.client.get("/");', "self", "client().get"),
    task("this with a dot", 'this.client().get("/");', "this is a pointer", "this->client"),
    task("True", 'client().get("/", {.allow_redirects = False});', "False", "write false"),
    task("None", 'auto x = None;', "None", "nullptr"),
    task("print", 'print("x");', "print", "std::cout"),
    task("throw without braces", "throw StopUser;", "throw StopUser", "throw StopUser{};"),
    task("for in range", 'for i in range(3): client().get("/");', "for i in range(3)", "for (int i = 0;"),
    task("in", 'auto r = client().get("/"); if ("x" in r.text) {}', "`in` is Python", 'r.text.find("x") != std::string::npos'),
    task("random module", "int id = random.randint(1, 3);", "random.randint", "randint(1, 6)"),
    task("f-string", 'int id = 3; client().get(f"/item/{id}");', 'f"', "std::to_string(id)"),
    task("std::regex", 'std::regex re("x+");', "std::regex needs #include <regex>", "search(text, pattern, 1)"),
    task("std::this_thread", "std::this_thread::sleep_for(1s);", "std::this_thread", "write sleep_for(1s)"),
    task("std::filesystem", 'std::filesystem::path p("x");', "std::filesystem", "#include <filesystem>"),
    task("Sleep", "Sleep(1);", "Sleep", "write sleep_for(1s)"),
    task("empty of a Value", 'if (client().get("/").json().empty()) {}', "Value has no member empty", "size() == 0"),
    whole("no public", f"class ShopUser : public HttpUser {{\n  void on_start() override {{}}  {CULPRIT}\n  void browse() {{}}\n  static constexpr auto tasks() {{ return task_list(task<&ShopUser::browse>()); }}\n}};\n\nCPPWORKER_LOCUSTFILE(ShopUser)\n", "on_start is not public", "write `public:`"),
    task("std::format", 'client().get(std::format("/item/{}", 3));', "std::format", "std::to_string"),
    task("time.sleep", "time.sleep(1);", "time.sleep", "sleep_for(1s)"),
    task("sleep", "sleep(1s);", "sleep", "sleep_for(1s)"),
    task("sleep_for without a unit", "sleep_for(1);", "1 has no unit", "write 1s"),
    task("literal and number", 'int id = 3; client().get("/item/" + id);', '"/item/" + id', 'write "/item/" + std::to_string(id)'),
    task("number and literal", 'const int id = 3; client().get(id + "/item");', 'id + "/item"', "std::to_string(id) +"),
    task("string and number", 'int id = 3; std::string url = std::string("/item/") + id;', "id is a number", "std::to_string(id)"),
    task("two literals", 'client().get("/item/" + "3");', '"3"', "leave out the +"),
    task("single quotes", "client().get('/');", "'/'", 'write "/"'),
    task("JSON to text", 'auto r = client().get("/"); std::string s = r.json()["token"];', "JSON value", ".get<std::string>()"),
    task("json without a call", 'auto r = client().get("/"); auto s = r.json["token"];', "json is a function", "json()"),
    task("status", 'auto r = client().get("/"); if (r.status == 200) {}', "Response has no member status", "status_code"),
    task("contains", 'auto r = client().get("/"); if (r.text.contains("x")) {}', "no member contains", "text.find("),
    task("failure of a response", 'auto r = client().get("/"); r.failure("x");', "no member failure", "[](CatchResponse& response)"),
    task("check by value", 'client().get("/", {}, [](CatchResponse r) { r.failure("x"); });', "by reference", "CatchResponse& response"),
    task("check does not capture", 'int x = 3; client().get("/", {}, [](CatchResponse& r) { if (x > 2) r.failure("x"); });', "x is not known in the lambda", "[&]"),
    task("failure with a number", 'client().get("/", {}, [](CatchResponse& r) { r.failure(r.status_code); });', "status_code is a number", "std::to_string("),
    task("cookie without default", 'auto r = client().get("/"); auto s = r.cookies().get("a");', "get", 'cookies["x"]'),
    task("variable misspelled", 'std::string address; client().get(adress);', "adress", "did you mean address?"),
    task("quote not closed", 'client().get("/items);', '"/items);', "not closed"),
    task("semicolon missing", f'client().get("/")  {CULPRIT}\n    client().get("/b");', "`;` is missing"),
    task("parenthesis missing", 'client().get("/";', "`)` is missing"),
    whole("brace missing", user(body='if (true) {  // <-\n      client().get("/");'), "not closed", "write `}`"),
    # Classes
    whole("private inheritance", user(head=f"class ShopUser : HttpUser {{  {CULPRIT}"), "ShopUser", "class ShopUser : public HttpUser"),
    whole("base misspelled", user(head=f"class ShopUser : public HttpUsr {{  {CULPRIT}"), "HttpUsr", "did you mean HttpUser?"),
    whole("base without a client", user(head="class ShopUser : public User {", body=f'client().get("/");  {CULPRIT}'), "client()", "class ShopUser : public HttpUser"),
    whole("class of Python", f"class ShopUser(HttpUser):  {CULPRIT}\n  pass\n", "class ShopUser(HttpUser)", "class ShopUser : public HttpUser {"),
    whole("semicolon after class", user(end=f"}}  {CULPRIT}"), "`;` is missing", "write `};`"),
    whole("tasks without constexpr", user(tasks=f"static auto tasks() {{ return task_list(task<&ShopUser::browse>()); }}  {CULPRIT}"), "tasks() lacks `constexpr`", TASKS),
    whole("tasks without static", user(tasks=f"auto tasks() {{ return task_list(task<&ShopUser::browse>()); }}  {CULPRIT}"), "tasks() is not static", TASKS),
    whole("tasks without return", user(tasks=f"static constexpr auto tasks() {{ task_list(task<&ShopUser::browse>()); }}  {CULPRIT}"), "tasks() must return", "return task_list(...);"),
    whole("tasks private", user(tasks=f"private:\n  static constexpr auto tasks() {{ return task_list(task<&ShopUser::browse>()); }}  {CULPRIT}"), "tasks() is not public", "write `public:`"),
    whole("tasks under another name", user(tasks=f"static constexpr auto task_rows() {{ return task_list(task<&ShopUser::browse>()); }}  {CULPRIT}"), "task_rows()", TASKS),
    whole("no tasks", user(tasks="", head=f"class ShopUser : public HttpUser {{  {CULPRIT}"), "ShopUser", TASKS),
    wait("wait_time without static", "WaitTime wait_time = between(1s, 5s);", "wait_time lacks `static`", "static constexpr WaitTime wait_time"),
    wait("wait_time without type", "wait_time = between(1s, 5s);", "wait_time", "static constexpr WaitTime wait_time"),
    wait("wait_time as a number", "static constexpr WaitTime wait_time = 5;", "wait_time = 5", "constant(5s)"),
    wait("wait_time as a duration", "static constexpr WaitTime wait_time = 5s;", "wait_time = 5s", "constant(5s)"),
    wait("between without units", "static constexpr WaitTime wait_time = between(1, 5);", "between(): a wait needs a unit", "between(1s, 5s)"),
    wait("between misspelled", "static constexpr WaitTime wait_time = betwen(1s, 5s);", "betwen", "did you mean between?"),
    wait("WaitTime misspelled", "static constexpr Waittime wait_time = between(1s, 5s);", "Waittime", "did you mean WaitTime?"),
    wait("wait_time() returns a number", "int wait_time() { return 3; }", "wait_time() must return a time", "Seconds wait_time()"),
    member("host as a number", "static constexpr int host = 3;", "host must be a text", "static constexpr std::string_view host"),
    member("host without static", 'std::string host = "http://x";', "host lacks `static`", "static constexpr std::string_view host"),
    member("host without type", 'host = "http://x";', "host", "static constexpr std::string_view host"),
    member("weight without static", "int weight = 3;", "weight lacks `static`", "static constexpr int weight"),
    member("iterations without static", "int iterations = 3;", "iterations is the limit", "static constexpr int iterations"),
    member("iterations as a fraction", "static constexpr double iterations = 0.5;", "iterations must be a whole number", "static constexpr int iterations"),
    member("on_start with an argument", "void on_start(int) override {}", "ShopUser::on_start", "void on_start() override"),
    member("on_start with an argument, no override", "void on_start(int) {}", "on_start is not public, or has other arguments", "void on_start() override"),
    member("on_start misspelled", "void on_strat() override {}", "ShopUser::on_strat", "did you mean on_start()?"),
    member("on_start static", "static void on_start() {}", "on_start can't be static", "void on_start() override"),
    member("decorator", "@task  ", "@task", "task_list(task<"),
    member("type without std", "string token_;", "string is not known", "write std::string"),
    member("type not known", "Tokens tokens_;", "Tokens is not a type", "#include"),
    # tasks()
    row("weight misspelled", "task<&ShopUser::browse>({.wieght = 3})", ".wieght", "did you mean .weight?"),
    row("tags misspelled", 'task<&ShopUser::browse>({.tag = {"a"}})', ".tag", "did you mean .tags?"),
    row("tags before weight", 'task<&ShopUser::browse>({.tags = {"a"}, .weight = 3})', ".weight must come before .tags"),
    row("weight as a fraction", "task<&ShopUser::browse>({.weight = 1.5})", ".weight = 1.5", "whole number"),
    row("weight negative", "task<&ShopUser::browse>({.weight = -3})", "ShopUser::browse", "weight can't be negative"),
    row("weight as the argument", "task<&ShopUser::browse>(3)", "task<&ShopUser::browse>", "({.weight = 3})"),
    row("task without call", "task<&ShopUser::browse>", "ShopUser::browse", "task<&ShopUser::browse>(), with ()"),
    row("task without &", "task<ShopUser::browse>()", "task<ShopUser::browse>", "task<&ShopUser::browse>()"),
    row("task without class", "task<&browse>()", "&browse", "task<&ShopUser::browse>()"),
    row("task misspelled", "task<&ShopUser::brows>()", "brows", "did you mean ShopUser::browse?"),
    row("task with a parameter", "task<&ShopUser::buy>()", "ShopUser::buy", "method without arguments", members="void buy(int) {}"),
    row("task with two versions", "task<&ShopUser::buy>()", "ShopUser::buy", "several versions", members="void buy() {}\n  void buy(int) {}"),
    row("comma missing", "task<&ShopUser::browse>() task<&ShopUser::browse>()", "comma is missing", "task_list("),
    row("comma too many", "task<&ShopUser::browse>(),", "delete the last comma"),
    # TaskSets
    whole("TaskSet before its user", f'class ShopUser;\nstruct Checkout : TaskSet<ShopUser> {{\n  void pay() {{ client().get("/"); }}  {CULPRIT}\n  {TASKS} {{ return task_list(task<&Checkout::pay>()); }}\n}};\n' + user(tasks=f"{TASKS} {{ return task_list(task<Checkout>()); }}"), "ShopUser", "TaskSet<HttpUser>"),
    whole("TaskSet of an unknown user", f'struct Checkout : TaskSet<ShopUser> {{  {CULPRIT}\n  void pay() {{ client().get("/"); }}\n  {TASKS} {{ return task_list(task<&Checkout::pay>()); }}\n}};\n' + user(tasks=f"{TASKS} {{ return task_list(task<Checkout>()); }}"), "ShopUser is used before its definition", "move a TaskSet that uses its members into the class ShopUser", "TaskSet<HttpUser>"),
    whole("TaskSet without parent", checkout('void pay() { client().get("/"); }').replace(": TaskSet<ShopUser> {", f": TaskSet {{  {CULPRIT}"), "TaskSet needs", "TaskSet<ShopUser>"),
    whole("TaskSet inherits privately", checkout('public: void pay() { client().get("/"); }', kind="class").replace("TaskSet<ShopUser> {", f"TaskSet<ShopUser> {{  {CULPRIT}"), "Checkout", "public TaskSet<ShopUser>"),
    whole("TaskSet with &", checkout("void pay() {}", rows=f"task<&Checkout>()  {CULPRIT}\n"), "task<&Checkout>", "task<Checkout>()"),
    whole("member of the user", checkout(f'void pay() {{ client().get("/" + token); }}  {CULPRIT}'), "token is a member of ShopUser", "user().token"),
    whole("member of the user's class", checkout(f'void pay() {{ client().get("/" + user().token); }}  {CULPRIT}', parent="HttpUser"), "no member token", "TaskSet<ShopUser>"),
    # Macros
    last("macro misspelled", "CPPWORKER_LOCUSTFIL(ShopUser)", "CPPWORKER_LOCUSTFIL ", "did you mean CPPWORKER_LOCUSTFILE?"),
    last("class misspelled in the macro", "CPPWORKER_LOCUSTFILE(ShopUsr)", "ShopUsr", "did you mean ShopUser?"),
    last("class in quotes in the macro", 'CPPWORKER_LOCUSTFILE("ShopUser")', '"ShopUser"', "CPPWORKER_LOCUSTFILE(ShopUser, AdminUser)"),
    last("macro twice", f"CPPWORKER_LOCUSTFILE(ShopUser)\nCPPWORKER_LOCUSTFILE(ShopUser)  {CULPRIT}", "written twice", "CPPWORKER_LOCUSTFILE(ShopUser, AdminUser)"),
    last("macro with another class", f"struct Cart {{}};  {CULPRIT}\nCPPWORKER_LOCUSTFILE(ShopUser, Cart)", "Cart", "derive it from User"),
    last("init without environment", f"void init() {{}}  {CULPRIT}\nCPPWORKER_INIT(init)\nCPPWORKER_LOCUSTFILE(ShopUser)", "init must take", "void init(Environment& environment)"),
    last("init misspelled", f"void init(Environment&) {{}}\nCPPWORKER_INIT(inti)  {CULPRIT}\nCPPWORKER_LOCUSTFILE(ShopUser)", "inti", "did you mean init?"),
    last("argument misspelled", f'CPPWORKER_ARGUMENTS({{.name = "--x", .defualt_value = 3}})  {CULPRIT}\nCPPWORKER_LOCUSTFILE(ShopUser)', ".defualt_value", ".default_value"),
    # Load shapes and thresholds
    shape("tick returns a Tick", f"Tick tick() override {{ return {{1, 1}}; }}  {CULPRIT}", "Wave::tick", "std::optional<Tick> tick() override"),
    shape("tick returns a pair", f"std::optional<Tick> tick() override {{ return {{2, 2}}; }}  {CULPRIT}", "tick() returns a Tick", "return Tick{2, 2};"),
    shape("run_time without a unit", f"std::optional<Tick> tick() override {{ if (run_time() < 30) return Tick{{1}}; return {{}}; }}  {CULPRIT}", "run_time() < 30", "a time needs a unit", "write 30s"),
    shape("two shapes", WAVE, "name one class", last=f"CPPWORKER_SHAPE(Wave, Wave)  {CULPRIT}"),
    shape("shape twice", WAVE, "CPPWORKER_SHAPE is written twice", last=f"CPPWORKER_SHAPE(Wave)\nCPPWORKER_SHAPE(Wave)  {CULPRIT}"),
    shape("shape without its base", WAVE, "CPPWORKER_SHAPE", "derives from LoadTestShape", last=f"CPPWORKER_SHAPE(ShopUser)  {CULPRIT}"),
    last("thresholds twice", f'CPPWORKER_FAIL_IF("rps < 1")\nCPPWORKER_FAIL_IF("p95 > 1s")  {CULPRIT}\nCPPWORKER_LOCUSTFILE(ShopUser)', "CPPWORKER_FAIL_IF is written twice", "once"),
    last("threshold in single quotes", f"CPPWORKER_FAIL_IF('x')  {CULPRIT}\nCPPWORKER_LOCUSTFILE(ShopUser)", "CPPWORKER_FAIL_IF", "double quotes"),
    last("no threshold", f"CPPWORKER_FAIL_IF()  {CULPRIT}\nCPPWORKER_LOCUSTFILE(ShopUser)", "CPPWORKER_FAIL_IF", "double quotes"),
    # The beginning of the file
    whole("no include", "class ShopUser : public HttpUser {};\n", "HttpUser", "#include <cppworker/locust.hpp>", prelude=f"#include <string>  {CULPRIT}\n"),
    *[
        whole(f"no include of {name}", f"class ShopUser : public {name} {{}};  {CULPRIT}\n", f"{name}: write #include <cppworker/{header}>")
        for name, header in (("MqttUser", "mqtt_user.hpp"), ("GrpcUser", "grpc_user.hpp"))
    ],
    task("WebSocket without its header, by name", "WebSocket socket;", "WebSocket: write #include <cppworker/websocket.hpp>"),
    task("ServerEvents without its header", 'auto response = client().get("/"); ServerEvents events(response);', "ServerEvents: write #include <cppworker/server_events.hpp>"),
    task("sse without its header", 'auto response = client().get("/"); sse(response);', "sse: write #include <cppworker/server_events.hpp>"),
    member("GrpcDynamic without its header", "cppworker::GrpcDynamic all;", "GrpcDynamic: write #include <cppworker/grpc_dynamic.hpp>"),
    whole("sse of a temporary", user(body=f'for (const auto& event : sse(client().get("/"))) {{}}  {CULPRIT}'), "keep the response in a variable", "sse(response)", prelude=PRELUDE + "#include <cppworker/server_events.hpp>\n"),
    whole("no using", f"class ShopUser : public HttpUser {{}};  {CULPRIT}\n", "HttpUser", "using namespace cppworker;", prelude="#include <cppworker/locust.hpp>\n"),
    whole("no chrono_literals", f"class ShopUser : public cppworker::HttpUser {{\n  static constexpr cppworker::WaitTime wait_time = cppworker::constant(1s);  {CULPRIT}\n}};\n", "unit `s`", "using namespace std::chrono_literals;", prelude="#include <cppworker/locust.hpp>\n"),
    whole("wrong header", "", "locust.hpp", "#include <cppworker/locust.hpp>", prelude=f"#include <locust.hpp>  {CULPRIT}\n"),
    whole("Python file", f"from locust import HttpUser  {CULPRIT}\n\nclass ShopUser(HttpUser):\n    pass\n", "from locust import HttpUser", "#include <cppworker/locust.hpp>", prelude=""),
    whole("header of a library", f"#include <rapidjson/nothing.h>  {CULPRIT}\n", "rapidjson/nothing.h", "apt-get install rapidjson-dev"),
]
