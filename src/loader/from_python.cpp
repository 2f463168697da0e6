#include "loader/from_python.hpp"

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "loader/environment_variable.hpp"
#include "loader/installation.hpp"
#include "loader/process.hpp"

namespace cppworker::loader {
namespace {

/// The exit code of tools/from_python if its output is the reason for an error.
constexpr int kRefused = 3;

std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

std::string skeleton_of_python_file(const std::string& file) {
  const std::string python = environment_variable("CPPWORKER_PYTHON", "python3");
  if (!find_program(python)) {
    throw Error(fmt::format(
        "Could not find '{}'. --from needs Python 3.9 or later, without Locust: install it (Debian "
        "and Ubuntu: apt-get install python3), or name it with CPPWORKER_PYTHON, as in "
        "CPPWORKER_PYTHON=venv/bin/python.",
        python));
  }
  const auto script = tools_dir() / "from_python";
  if (!exists(script / "__main__.py")) {
    throw Error(fmt::format(
        "Could not find '{}', a part of cpp-worker. Install the Debian package cpp-worker-dev, or "
        "cpp-worker again (cmake --install).",
        (script / "__main__.py").string()));
  }
  // -I: no modules from the current folder or PYTHONPATH; -B: no __pycache__ next to the scripts.
  ProgramOutput run = run_and_read(
      {python, "-I", "-B", "-X", "utf8", script.string(), file, headers_dir().string()});
  if (run.status.code == kRefused) throw Error(without_line_end(std::move(run.output)));
  if (!run.status.ok()) {
    throw Error(fmt::format("{} could not write the skeleton of '{}': see its messages above.",
                            python, file));
  }
  return std::move(run.output);
}

}  // namespace cppworker::loader
