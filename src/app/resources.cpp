#include "app/resources.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zmq.hpp>

#include <cppworker/exception.hpp>

#include "user/user_error.hpp"

namespace cppworker::app {
namespace {

/// Freed when memory has run out, so that there is enough memory to write the log.
std::unique_ptr<char[]> reserve;  // NOLINT(modernize-avoid-c-arrays): a block of bytes
constexpr std::size_t kReserve = std::size_t{256} * 1024;

class FileDescriptors {
 public:
  explicit FileDescriptors(std::size_t count) {
    fds_.reserve(count);
    for (; count != 0; --count) {
      const int fd = open("/", O_PATH | O_CLOEXEC);
      if (fd < 0) {
        const int error = errno;
        close_all();
        throw std::system_error(error, std::generic_category(),
                                fmt::format("Can't open {} more files", count));
      }
      fds_.push_back(fd);
    }
  }
  ~FileDescriptors() { close_all(); }
  FileDescriptors(const FileDescriptors&) = delete;
  FileDescriptors& operator=(const FileDescriptors&) = delete;

 private:
  void close_all() const {
    for (const int fd : fds_) close(fd);
  }
  std::vector<int> fds_;
};

class Threads {
 public:
  explicit Threads(std::size_t count) {
    const std::shared_future<void> end = end_.get_future().share();
    try {
      for (; count != 0; --count) threads_.emplace_back([end] { end.wait(); });
    } catch (...) {
      join();
      throw;
    }
  }
  ~Threads() { join(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  void join() {
    end_.set_value();
    for (std::thread& thread : threads_) thread.join();
  }
  std::promise<void> end_;
  std::vector<std::thread> threads_;
};

class Memory {
 public:
  explicit Memory(std::size_t bytes) : bytes_(bytes) {
    if (bytes_ == 0) return;
    start_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start_ == MAP_FAILED) throw std::bad_alloc();
  }
  ~Memory() {
    if (bytes_ != 0) munmap(start_, bytes_);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

 private:
  std::size_t bytes_;
  void* start_ = nullptr;
};

std::optional<std::uint64_t> limit_of(__rlimit_resource resource) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

/// The lowest pids.max of this process's cgroup and its ancestors; none if there is no limit.
std::optional<std::uint64_t> pids_limit() {
  namespace fs = std::filesystem;
  std::optional<std::uint64_t> lowest;
  std::ifstream cgroups("/proc/self/cgroup");
  for (std::string line; std::getline(cgroups, line);) {
    // "0::/path" of version 2, "9:pids:/path" of version 1
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && controllers != "pids") continue;
    const fs::path mounted = controllers.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids";
    for (fs::path here = line.substr(second + 1);; here = here.parent_path()) {
      std::uint64_t most = 0;
      if (std::ifstream(mounted / here.relative_path() / "pids.max") >> most) {
        lowest = std::min(lowest.value_or(most), most);
      }
      if (!here.has_relative_path()) break;
    }
  }
  return lowest;
}

constexpr std::string_view kNoLimit = "none for this process; the limits of the machine apply";

std::string list(const std::vector<std::string>& limits) {
  return limits.empty() ? std::string(kNoLimit) : fmt::format("{}", fmt::join(limits, ", "));
}

void add_memory_limits(std::vector<std::string>& limits) {
  const auto add = [&limits](const char* option, std::optional<std::uint64_t> bytes) {
    if (bytes) limits.push_back(fmt::format("{} MiB of memory (ulimit -{})", *bytes >> 20, option));
  };
  add("v", limit_of(RLIMIT_AS));
  add("d", limit_of(RLIMIT_DATA));
}

std::string memory_advice() {
  std::vector<std::string> limits;
  add_memory_limits(limits);
  return fmt::format(
      "Out of memory. Raise the limit, or use fewer users or fewer --threads. Limits: {}",
      list(limits));
}

std::string thread_advice() {
  std::vector<std::string> limits;
  if (const auto most = limit_of(RLIMIT_NPROC)) {
    limits.push_back(fmt::format("{} processes and threads of this user (ulimit -u)", *most));
  }
  if (const auto most = pids_limit()) {
    limits.push_back(fmt::format(
        "{} processes and threads of this cgroup (pids.max, docker run --pids-limit)", *most));
  }
  add_memory_limits(limits);
  return fmt::format(
      "No more threads can be started. Raise the limit, or use fewer --threads. Limits: {}",
      list(limits));
}

/// How to raise the limit that caused a system error; "" for other errors.
std::string advice(int error) {
  switch (error) {
    case EMFILE:
      return fmt::format(
          "This process may open at most {} files. Raise the limit (ulimit -n, LimitNOFILE= of a "
          "systemd unit)",
          limit_of(RLIMIT_NOFILE).value_or(0));
    case ENFILE:
      return "This machine has too many open files. Raise the limit (sysctl fs.file-max)";
    case EAGAIN:
      return thread_advice();
    case ENOMEM:
      return memory_advice();
    default:
      return {};
  }
}

/// The errno in an exception; 0: none.
int system_error_of(const std::exception& error) {
  if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
    const std::error_category& category = system->code().category();
    const bool is_errno = category == std::generic_category() || category == std::system_category();
    return is_errno ? system->code().value() : 0;
  }
  if (const auto* zmq = dynamic_cast<const zmq::error_t*>(&error)) return zmq->num();
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ? ENOMEM : 0;
}

[[noreturn]] void on_uncaught_exception() {
  reserve.reset();
  bool is_for_want_of_resources = false;
  try {
    if (const std::exception_ptr error = std::current_exception()) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& known) {
        is_for_want_of_resources = !advice(system_error_of(known)).empty();
        spdlog::critical("Uncaught exception, ending the worker: {}",
                         is_for_want_of_resources ? describe_error(known)
                                                  : detail::describe_current_exception({}, {}).msg);
      } catch (...) {
        spdlog::critical("Uncaught exception, ending the worker: {}",
                         detail::describe_current_exception({}, {}).msg);
      }
    } else {
      spdlog::critical("std::terminate() was called without an exception, ending the worker");
    }
    spdlog::default_logger()->flush();
  } catch (...) {  // the log has no memory left
    constexpr std::string_view kMessage = "cpp-worker: out of memory\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
    is_for_want_of_resources = true;
  }
  if (is_for_want_of_resources) std::_Exit(1);
  std::abort();
}

}  // namespace

void check_available(const Resources& needed) {
  const FileDescriptors file_descriptors(needed.file_descriptors);
  const Threads threads(needed.threads);
  const Memory memory(needed.memory_bytes);
}

std::string describe_error(const std::exception& error) {
  const std::string what_to_do = advice(system_error_of(error));
  if (what_to_do.empty()) return error.what();
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return what_to_do;
  return fmt::format("{}. {}", error.what(), what_to_do);
}

void log_uncaught_exceptions() {
  reserve = std::make_unique<char[]>(kReserve);  // NOLINT(modernize-avoid-c-arrays)
  std::set_terminate(on_uncaught_exception);
}

}  // namespace cppworker::app
