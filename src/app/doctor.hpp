#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "loader/compile.hpp"

namespace cppworker::app {

/// One line of `cpp-worker doctor`.
struct Finding {
  enum class Level { kOk, kWarning, kError } level = Level::kOk;
  std::string text;  ///< what was checked, the result, and for the others what to do
};

/// "ok       …", "warning  …" or "error    …".
[[nodiscard]] std::string text_of(const Finding& finding);

/// `cpp-worker doctor`: checks the compiler, the headers, the cache, a compilation, the limits of
/// the machine, the master and Locust, and prints a line for each. It prints each line when the
/// check has ended. Returns the exit code: 1 if there is an error.
[[nodiscard]] int run_doctor(const Options& options, const loader::CompileOptions& compile);

// --- the parts that tests check with values of other machines ---

/// @param limit the hard limit of open files
[[nodiscard]] Finding judge_open_files(std::uint64_t limit);
/// @param range the content of /proc/sys/net/ipv4/ip_local_port_range; "" if it can't be read
[[nodiscard]] Finding judge_ports(const std::string& range);
/// @param bytes memory that the process may use
[[nodiscard]] Finding judge_memory(std::uint64_t bytes);
/// Connects, and reads the first bytes of a ZeroMQ socket (ZMTP's signature). Waits up to 3 s.
/// @param is_default the user has not chosen this host
[[nodiscard]] Finding check_master(const std::string& host, int port, bool is_default);

}  // namespace cppworker::app
