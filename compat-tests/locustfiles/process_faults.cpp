/// Users that make requests, count them in a file, and one fault of their process: the one that
/// FAULT names. For test_crashes.py, test_forks.py and test_signals.py.

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <cppworker/locust.hpp>

#include "counters_in_file.hpp"

using namespace cppworker;
using namespace std::chrono_literals;

namespace {

bool is_fault(std::string_view name) {
  const char* const fault = std::getenv("FAULT");
  return fault != nullptr && name == fault;
}

/// The number of requests in the file that COUNT names, mapped into memory: it outlives any crash,
/// and the file is shared with forked processes.
std::atomic<std::uint64_t>& count() {
  static std::atomic<std::uint64_t>& mapped = counters_in_file<std::atomic<std::uint64_t>>("COUNT");
  return mapped;
}

void fail() { throw std::runtime_error("nobody catches this"); }

void fault_address() { *static_cast<volatile int*>(nullptr) = 1; }

void crash(Environment& environment) {
  if (is_fault("init segv")) fault_address();
  if (is_fault("init thread")) {
    std::thread(fail).detach();
    std::this_thread::sleep_for(10s);
  }
  environment.events.test_stop.add_listener([](const EnvironmentEvent&) {
    if (is_fault("listeners")) throw std::runtime_error("test_stop has failed");
  });
}

/// Waits for a forked process. Returns its exit code, or minus the signal that ended it.
int exit_code_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

/// Ends the process in its tenth task.
class Crashing : public User {
 public:
  static constexpr WaitTime wait_time = constant(20ms);

  ~Crashing() override {
    if (is_fault("destructor")) fail();
  }
  void on_stop() override {
    if (is_fault("listeners")) throw std::runtime_error("on_stop has failed");
  }
  void tick() {
    environment().events.request.fire(
        {.request_type = "ECHO", .name = "tick", .response_time = 1ms, .response_length = 1});
    ++count();
    if (++ticks_ == 10) crash();
  }

  static constexpr auto tasks() { return task_list(task<&Crashing::tick>()); }

 private:
  static void crash() {
    if (is_fault("segv")) fault_address();
    if (is_fault("division")) {
      volatile int zero = 0;
      volatile int result = 10 / zero;
      (void)result;
    }
    if (is_fault("abort")) std::abort();
    if (is_fault("noexcept")) []() noexcept { fail(); }();
    if (is_fault("thread throw")) {
      std::thread(fail).detach();
    }
    if (is_fault("thread segv")) std::thread(fault_address).detach();
    if (is_fault("destructor")) throw StopUser{};
  }

  int ticks_ = 0;
};

/// Forks processes that end in all ways, and makes a request after each.
class Forking : public User {
 public:
  static constexpr WaitTime wait_time = constant(10ms);

  void fork_returns() {
    if (const pid_t child = fork(); child != 0) request("returns", exit_code_of(child));
  }
  void fork_makes_requests() {
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < 100; ++i) fire("of a child");
      sleep_for(1ms);
      std::abort();  // not reached
    }
    request("makes requests", exit_code_of(child));
  }
  void fork_throws() {
    const pid_t child = fork();
    if (child == 0) throw std::runtime_error("of a child");
    request("throws", exit_code_of(child));
  }
  void fork_exits() {
    const pid_t child = fork();
    if (child == 0) std::exit(7);
    request("exits", exit_code_of(child));
  }
  void fork_executes() {
    const pid_t child = fork();
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", "exit 7", nullptr);
      _exit(1);
    }
    request("executes", exit_code_of(child));
  }
  void fork_is_ended() {
    const pid_t child = fork();
    if (child == 0) {
      pause();
      _exit(1);
    }
    kill(child, SIGTERM);
    request("is ended", exit_code_of(child));
  }
  void fork_in_blocking_call() {
    const int code = run_blocking([] {
      const pid_t child = fork();
      return child == 0 ? 0 : exit_code_of(child);
    });
    request("in a blocking call", code);
  }
  void fork_in_thread() {
    int code = 0;
    std::thread([&code] {
      if (const pid_t child = fork(); child != 0) code = exit_code_of(child);
    }).join();
    request("in a thread", code);
  }

  static constexpr auto tasks() {
    return task_list(task<&Forking::fork_returns>(), task<&Forking::fork_makes_requests>(),
                     task<&Forking::fork_throws>(), task<&Forking::fork_exits>(),
                     task<&Forking::fork_executes>(), task<&Forking::fork_is_ended>(),
                     task<&Forking::fork_in_blocking_call>(), task<&Forking::fork_in_thread>());
  }

 private:
  void fire(const std::string& name) {
    environment().events.request.fire(
        {.request_type = "FORK", .name = name, .response_time = 1ms, .response_length = 1});
  }
  void request(const std::string& name, int exit_code) {
    fire(name + ": " + std::to_string(exit_code));
    ++count();
  }
};

/// Forks while a connection is open.
class ForkingHttp : public FastHttpUser {
 public:
  static constexpr std::string_view host = "http://127.0.0.1";  // the master has another one
  static constexpr WaitTime wait_time = constant(10ms);

  void fork_and_ask() {
    client().get("/before");
    const pid_t child = fork();
    client().get(child == 0 ? "/child" : "/parent");
    if (child != 0) exit_code_of(child);
  }

  static constexpr auto tasks() { return task_list(task<&ForkingHttp::fork_and_ask>()); }
};

/// Needs more memory than there is.
class Greedy : public User {
 public:
  static constexpr WaitTime wait_time = constant(50ms);

  void grow() {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (;;) blocks.push_back(std::make_unique<char[]>(std::size_t{4} << 20));
  }

  static constexpr auto tasks() { return task_list(task<&Greedy::grow>()); }
};

/// Its tasks take up to 300 ms, its on_stop() 20 ms.
class Busy : public User {
 public:
  static constexpr WaitTime wait_time = between(1ms, 50ms);

  void on_stop() override {
    sleep_for(20ms);
    request();
  }
  void quick() { request(); }
  void slow() {
    sleep_for(300ms);
    request();
  }

  static constexpr auto tasks() {
    return task_list(task<&Busy::quick>({.weight = 5}), task<&Busy::slow>());
  }

 private:
  /// Each process has a name of its own in the master's table: that of its file.
  void request() {
    environment().events.request.fire({.request_type = "ECHO",
                                       .name = std::getenv("COUNT"),
                                       .response_time = 1ms,
                                       .response_length = 1});
    ++count();
  }
};

CPPWORKER_INIT(crash)
CPPWORKER_LOCUSTFILE(Crashing, Forking, ForkingHttp, Greedy, Busy)
