#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// The executable that a shell would run for `name`: the path itself when it has a slash, else the
/// first one on PATH.
[[nodiscard]] std::optional<std::filesystem::path> find_program(std::string_view name);

struct ExitStatus {
  int code = 0;    ///< as given to exit()
  int signal = 0;  ///< > 0: the program was killed by it

  [[nodiscard]] bool ok() const { return code == 0 && signal == 0; }
};

/// Runs a program and waits for it. Its standard output goes to our standard error, its input is
/// empty, signals are as in a shell. Throws Error when it can't be started.
/// @param words the program (see find_program) and its arguments.
[[nodiscard]] ExitStatus run_program(const std::vector<std::string>& words);

struct ProgramOutput {
  ExitStatus status;
  std::string output;
};

/// The same, but what the program writes to its standard output comes back.
[[nodiscard]] ProgramOutput run_and_read(const std::vector<std::string>& words);

}  // namespace cppworker::loader
