#include "app/help_text.hpp"

#include <array>

namespace cppworker::app {
namespace {

constexpr std::array kExamples = {
    Example{"cpp-worker -f locustfile.cpp --master-host=10.0.0.5",
            "compile the locustfile (cached), load it, and join the master"},
    Example{
        "cpp-worker -f locustfile.cpp --headless -u 1000 -r 100 -t 2m --host http://shop.example",
        "run a test in this process, without a master, as `locust --headless` does"},
    Example{"cpp-worker -f locustfile.cpp --web --host http://shop.example",
            "start a Locust master with its web UI on this machine, and join it"},
    Example{"cpp-worker -f locustfile.cpp --print-locustfile > locustfile.py",
            "write the locustfile for the master (same classes and weights), to be used as\n"
            "`locust --master -f locustfile.py`"},
    Example{"cpp-worker --from locustfile.py > locustfile.cpp",
            "write the skeleton of a Python locustfile in C++: its classes, tasks, weights, …"},
    Example{"cpp-worker -f locustfile.cpp --debug-user ShopUser --iterations 1",
            "run one user without a master and print every request"},
};

constexpr std::array kCommands = {
    Command{"init", "[DIR]",
            "write a commented locustfile.cpp, CMakeLists.txt and flags for editors"},
    Command{"doctor", "[-f locustfile.cpp] [--master-host HOST]",
            "check compiler, limits and the connection to the master; exit code 1 for an error"},
    Command{"report", "RUN.cwr… [--report FILE.md|FILE.json]…",
            "print tables of runs that were recorded with --out, or write reports on them"},
    Command{"compare", "A.cwr B.cwr [--fail-if 'p95 +10%']… [--report FILE.md|FILE.json]…",
            "show how two recorded runs differ, with intervals; exit code 3 if a condition fails"},
};

/// A line, and below it its text, indented.
std::string entry(const std::string& line, std::string_view text) {
  std::string result = "  " + line + "\n      ";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "      ";
  }
  return result + "\n";
}

}  // namespace

std::span<const Example> examples() { return kExamples; }

std::span<const Command> commands() { return kCommands; }

std::string help_footer() {
  std::string text = "Examples:\n";
  for (const Example& example : kExamples) text += entry(std::string(example.line), example.text);
  text += "Commands (the first word after cpp-worker):\n";
  for (const Command& command : kCommands) {
    text += entry("cpp-worker " + std::string(command.name) + " " + std::string(command.arguments),
                  command.text);
  }
  return text + std::string(kNotes);
}

}  // namespace cppworker::app
