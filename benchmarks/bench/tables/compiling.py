"""CPU time to compile a locustfile: the first time, and after an edit with the precompiled header."""

import os
import resource
import statistics
import subprocess
import tempfile
from pathlib import Path

from ..cluster import WORKER
from ..report import Table

TASK = """
  void task_{i}() {{
    const Response list = client().get("/items/{i}", {{.name = "/items/[id]", .params = {{{{"page", "{i}"}}}}}});
    const auto token = list.json()["token"].get<std::string>();
    client().post("/cart/{i}", {{.name = "/cart", .form = {{{{"item", "{i}"}}, {{"token", token}}}}}},
                  [](CatchResponse& response) {{
                    if (response.text.find("ok {i}") == std::string::npos) response.failure("not in the cart");
                  }});
  }}
"""


def compiling(options):
    table = Table("compiling", "CPU seconds to compile a locustfile (user + system; min / median / max of the rounds)",
                  ["tasks", "headers read (first time)", "precompiled header made and used (second time)",
                   "precompiled header used (from then on)", "used ÷ read"])  # fmt: skip
    for tasks in [1] if options.smoke else [1, 10] if options.quick else [1, 10, 60]:
        table.attempt(f"{tasks} tasks", lambda: _row(options, table, tasks))
    return [table]


def _row(options, table, tasks):
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(min(options.rounds, 3)):
            env = {**os.environ, "CPPWORKER_CACHE_DIR": f"{folder}/{number}"}
            source = Path(folder) / f"tasks{number}.cpp"
            rounds.append([_cpu_of_a_compilation(source, tasks, edit, env) for edit in range(3)])
    read, made, used = zip(*rounds)
    ratios = [after / before for before, _, after in rounds]
    table.row(str(tasks), *(_spread(values) for values in (read, made, used, ratios)),
              read_s=statistics.median(read), made_s=statistics.median(made), used_s=statistics.median(used))  # fmt: skip


def _cpu_of_a_compilation(source, tasks, edit, env):
    source.write_text(_locustfile(tasks) + f"// edit {edit}\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([WORKER, "-f", source, "--list"], env=env, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _locustfile(tasks):
    rows = ", ".join(f"task<&ShopUser::task_{i}>({{.weight = {i % 5 + 1}}})" for i in range(tasks))
    return (
        "#include <string>\n\n#include <cppworker/locust.hpp>\n\nusing namespace cppworker;\n\n"
        "class ShopUser : public HttpUser {\n public:\n"
        + "".join(TASK.format(i=i) for i in range(tasks))
        + f"\n  static constexpr auto tasks() {{ return task_list({rows}); }}\n}};\n\nCPPWORKER_LOCUSTFILE(ShopUser)\n"
    )


def _spread(values):
    return " / ".join(f"{value:.2f}" for value in (min(values), statistics.median(values), max(values)))
