#include "net/limit_warning.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

namespace cppworker::net {
namespace {

constexpr std::chrono::nanoseconds kInterval = std::chrono::minutes{1};

/// True once per interval, on any thread.
bool is_due(std::atomic<std::int64_t>& next) {
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::int64_t due = next;
  return now >= due && next.compare_exchange_strong(due, now + kInterval.count());
}

}  // namespace

void warn_of_limit(int error) {
  static std::atomic<std::int64_t> next_for_files{0};
  static std::atomic<std::int64_t> next_for_ports{0};
  if (error == EADDRNOTAVAIL) {
    if (!is_due(next_for_ports)) return;
    spdlog::warn(
        "Connections fail because no local port is free: each connection to one address and port "
        "of the server needs one, and a closed connection keeps its port for a minute. Keep "
        "connections open, use more ports (sysctl net.ipv4.ip_local_port_range), or more addresses "
        "of this machine (--source-addresses) or of the server");
  } else if (error == EMFILE || error == ENFILE) {
    if (!is_due(next_for_files)) return;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    spdlog::warn("Connections fail because too many files are open: {}",
                 error == ENFILE
                     ? "raise the limit of this machine (sysctl fs.file-max)"
                     : fmt::format("this process may open at most {}. Raise the limit (ulimit -n, "
                                   "LimitNOFILE= of a systemd unit), or use fewer users",
                                   limit.rlim_cur));
  }
}

}  // namespace cppworker::net
