#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runner/worker_runner.hpp"

namespace cppworker::app {

/// The command line and environment after reading; the names are Locust's where it has the option.
struct Options {
  std::vector<std::string> locustfiles;
  std::string master_host = "127.0.0.1";
  int master_port = 5557;
  std::size_t threads = 1;
  std::size_t stack_size = 64 * 1024;  // bytes
  std::size_t blocking_threads = 64;
  std::size_t max_entries = 10'000;
  std::string loglevel = "INFO";
  std::string logfile;
  bool list = false;
  bool print_locustfile = false;
  bool reset_stats = false;
  runner::OnMasterLoss on_master_loss = runner::OnMasterLoss::kRejoin;
  std::chrono::seconds max_unattended{600};
  std::optional<std::chrono::seconds> connect_timeout;
  std::chrono::seconds additional_wait_before_ready{0};
  std::vector<std::string> ignored;  ///< sentences about what was read and has no meaning here
};

/// What parsing may end with instead of options: --help, --version, or a mistake.
struct EarlyExit {
  int code = 0;
};

/// Reads argv and the environment. Prints help, version or the mistake itself, as Locust does, and
/// throws EarlyExit with Locust's exit codes (0, or 2 for a mistake).
[[nodiscard]] Options parse_options(int argc, const char* const* argv, bool has_linked_locustfile);

/// Locust's times: "20", "20s", "3m", "2h", "1h20m", "3h30m10s". Throws Error with a sentence.
[[nodiscard]] std::chrono::seconds parse_timespan(const std::string& text);

/// The CPUs this process may use: its affinity mask and the cgroup's quota, at least 1.
[[nodiscard]] std::size_t available_cpus();

}  // namespace cppworker::app
