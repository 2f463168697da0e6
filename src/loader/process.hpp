#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// The executable that a shell would run for `name`: the path itself if it contains a slash, else
/// the first match on PATH.
[[nodiscard]] std::optional<std::filesystem::path> find_program(std::string_view name);

struct ExitStatus {
  int code = 0;    ///< exit code
  int signal = 0;  ///< > 0: the signal that ended the program

  [[nodiscard]] bool ok() const { return code == 0 && signal == 0; }
};

/// Thrown if end_running_program() has ended the program because of a signal. Not a std::exception,
/// because it is not an error.
struct Interrupted {
  int signal;
};

/// Runs a program and waits for it. Its standard output goes to this process's standard error, its
/// input is empty, and its signal handling is as in a shell. Run one program at a time per process.
/// Throws Error if it can't be started, std::system_error if processes, memory or file descriptors
/// do not suffice for that, and Interrupted.
/// @param words the program (see find_program()) and its arguments
[[nodiscard]] ExitStatus run_program(const std::vector<std::string>& words);

struct ProgramOutput {
  ExitStatus status;
  std::string output;
};

/// Like run_program(), but returns the program's standard output.
[[nodiscard]] ProgramOutput run_and_read(const std::vector<std::string>& words);

/// Like run_program(), but stores what the program writes to standard output and standard error in
/// `output`, also if it throws. No program blocks because of a lot of output. What its processes
/// write after its end is lost.
[[nodiscard]] ExitStatus run_and_collect(const std::vector<std::string>& words,
                                         std::string& output);

/// For a signal handler (async-signal-safe). Ends the running program and all processes of its
/// group with SIGTERM; the second call uses SIGKILL. run_program() then throws Interrupted. False
/// if no program is running.
bool end_running_program(int signal);

}  // namespace cppworker::loader
