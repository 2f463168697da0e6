#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "coro/clock.hpp"

namespace cppworker::simulation {

using namespace std::chrono_literals;
using coro::Duration;
using coro::TimePoint;

/// The time, the chance and the record of one simulated run. Everything happens on one thread, and
/// every choice comes from the seed: the same seed gives the same run.
class World {
 public:
  /// @param keeps_transcript note() keeps its lines
  World(std::uint64_t seed, bool keeps_transcript)
      : random_(seed), keeps_transcript_(keeps_transcript) {}

  // Time.
  [[nodiscard]] TimePoint now() const { return now_; }
  /// Unix time minus now(), of machines whose clocks are right.
  static constexpr std::chrono::seconds kUnixOffset{1'700'000'000};
  [[nodiscard]] double unix_now() const {
    return std::chrono::duration<double>(now_.time_since_epoch() + kUnixOffset).count();
  }
  void after(Duration delay, std::function<void()> function) {
    at(now_ + delay, std::move(function));
  }
  void at(TimePoint time, std::function<void()> function) {
    events_.push({std::max(time, now_), ++last_event_, std::move(function)});
  }
  /// max(): there is none.
  [[nodiscard]] TimePoint next_event() const {
    return events_.empty() ? TimePoint::max() : events_.top().time;
  }
  void run_next_event() {
    const std::function<void()> function = events_.top().function;
    events_.pop();
    function();
  }
  void advance_to(TimePoint time) { now_ = std::max(now_, time); }

  // Chance.
  int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }
  bool one_in(int n) { return up_to(n - 1) == 0; }
  /// A time from 0 to `most`.
  Duration up_to(Duration most) {
    return Duration{std::uniform_int_distribution<Duration::rep>(0, most.count())(random_)};
  }
  Duration between(Duration least, Duration most) { return least + up_to(most - least); }
  std::uint64_t number() { return random_(); }

  // The record.
  template <class... Arguments>
  void note(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (!keeps_transcript_) return;
    transcript_.push_back(fmt::format("{:11.6f} ", seconds()) +
                          fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  /// An invariant is broken.
  void fail(std::string what) {
    note("FAILURE: {}", what);
    if (failures_.size() < kMostFailures) {
      failures_.push_back(fmt::format("at {:.6f}: {}", seconds(), what));
    }
  }
  [[nodiscard]] const std::vector<std::string>& transcript() const { return transcript_; }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  struct Event {
    TimePoint time;
    std::uint64_t number;  // events of the same time happen in the order in which they were added
    std::function<void()> function;
    bool operator<(const Event& other) const {
      return std::pair(other.time, other.number) < std::pair(time, number);
    }
  };
  static constexpr std::size_t kMostFailures = 10;
  static constexpr TimePoint kBegin{1h};  // not the epoch: 0 often means "never"

  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(now_ - kBegin).count();
  }

  std::mt19937_64 random_;
  TimePoint now_ = kBegin;
  std::priority_queue<Event> events_;
  std::uint64_t last_event_ = 0;
  const bool keeps_transcript_;
  std::vector<std::string> transcript_;
  std::vector<std::string> failures_;
};

}  // namespace cppworker::simulation
