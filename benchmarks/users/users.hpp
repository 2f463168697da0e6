#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <cppworker/locust.hpp>

/// The users of the benchmarks for any client: `Base` is HttpUser or FastHttpUser. The twins in
/// users.py have the same names.
namespace bench {

using namespace cppworker;

/// Environment variables that benchmarks/run sets; fixed for the life of the process.
inline std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}
inline const std::string kPath = variable("BENCH_PATH", "/fixed");

/// Asks as fast as it gets answers.
template <class Base>
class Busy : public Base {
 public:
  /// The server's certificate is its own, and wrk checks none either.
  void on_start() override {
    if constexpr (std::is_same_v<Base, HttpUser>) {  // FastHttpUser checks none as it is
      this->client().verify = false;
    }
  }
  void get() { this->client().get(kPath); }
  static constexpr auto tasks() { return task_list(task<&Busy::get>()); }
};

/// Asks once and keeps its connection.
template <class Base>
class Connected : public Busy<Base> {
 public:
  static constexpr WaitTime wait_time = constant(Seconds{3600});
};

/// Asks once a second on average.
template <class Base>
class Relaxed : public Busy<Base> {
 public:
  static constexpr WaitTime wait_time = between(Seconds{0}, Seconds{2});
};

/// Asks about ten times a second.
template <class Base>
class Brisk : public Busy<Base> {
 public:
  static constexpr WaitTime wait_time = between(Seconds{0.05}, Seconds{0.15});
};

/// Compares what was recorded with what the server says in X-Delay-Us, on each shard; once a second
/// a line "count p50 p99 max" (µs too much) goes to the file $BENCH_ERRORS
/// (with the number of the shard, if it is not the first).
class ErrorsOfLatency {
 public:
  void add(const RequestEvent& event) {
    if (event.response != nullptr && event.response_time) {
      const std::string stated = event.response->headers.get("X-Delay-Us", "");
      if (!stated.empty()) {
        errors_us_.push_back(event.response_time->count() * 1000 - std::strtod(stated.c_str(), {}));
      }
    }
  }

  void write(std::ofstream& file) {
    if (errors_us_.empty()) {
      return;
    }
    std::sort(errors_us_.begin(), errors_us_.end());
    const auto at = [&](double share) {
      const auto last = static_cast<double>(errors_us_.size() - 1);
      return errors_us_[static_cast<std::size_t>(share * last)];
    };
    file << errors_us_.size() << ' ' << at(0.5) << ' ' << at(0.99) << ' ' << at(1) << std::endl;
    errors_us_.clear();
  }

 private:
  std::vector<double> errors_us_;
};

inline void compare_latencies(Environment& environment) {
  const std::string file_name = variable("BENCH_ERRORS", "");
  if (file_name.empty()) {
    return;
  }
  auto errors = std::make_shared<ErrorsOfLatency>();
  auto file = std::make_shared<std::ofstream>(
      file_name +
      (environment.shard_index() == 0 ? "" : std::to_string(environment.shard_index())));
  environment.events.request.add_listener(
      [errors](const RequestEvent& event) { errors->add(event); });
  environment.events.heartbeat_received.add_listener(
      [errors, file](const HeartbeatReceivedEvent&) { errors->write(*file); });
}

}  // namespace bench
