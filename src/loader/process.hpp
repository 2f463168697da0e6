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

/// Thrown when a signal ended a program, with what it had started: see end_running_program(). Not a
/// std::exception, because it is not an error.
struct Interrupted {
  int signal;
};

/// Runs a program and waits for it. Its standard output goes to our standard error, its input is
/// empty, signals are as in a shell. One at a time in a process. Throws Error when it can't be
/// started, std::system_error when that is for want of processes, memory or file descriptors, and
/// Interrupted.
/// @param words the program (see find_program) and its arguments.
[[nodiscard]] ExitStatus run_program(const std::vector<std::string>& words);

struct ProgramOutput {
  ExitStatus status;
  std::string output;
};

/// The same, but what the program writes to its standard output comes back.
[[nodiscard]] ProgramOutput run_and_read(const std::vector<std::string>& words);

/// For a signal handler (async-signal-safe): ends the program that runs and all processes of its
/// group, the second time by force. run_program() then throws Interrupted. False if none runs.
bool end_running_program(int signal);

}  // namespace cppworker::loader
