#include "runner/ramp.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/check.hpp"
#include "runner/seconds.hpp"

namespace cppworker::runner {
namespace {

/// Above 100 users per second, several users share a step, because each step is a message to every
/// shard.
constexpr std::chrono::milliseconds kShortestStep{10};

}  // namespace

void Ramp::begin(std::int64_t users, double rate, const std::vector<std::string>& classes,
                 TimePoint now) {
  CHECK(rate > 0 && std::isfinite(rate));
  dispatcher_.begin(users, classes);
  rate_ = rate;
  began_ = now;
  last_steps_ = now - kShortestStep;
  steps_ = 0;
  ended_ = false;
  replaces_ended_ = true;
}

TimePoint Ramp::time_of(std::int64_t step) const {
  return began_ + to_clock(static_cast<double>(step) / rate_);
}

bool Ramp::on_time(TimePoint now) {
  if (now < next_wakeup()) return false;
  last_steps_ = now;
  const std::int64_t before = steps_;
  constexpr double kMost = 1e15;  // fits into an integer
  const auto steps_per_dispatch = static_cast<std::int64_t>(std::clamp(rate_, 1.0, kMost));
  replaces_ended_ = false;
  while (!ended_ && time_of(steps_) <= now) {
    if (dispatcher_.total() == dispatcher_.target() || !dispatcher_.step()) {
      ended_ = true;
    } else {
      if (steps_ % steps_per_dispatch == 0) replaces_ended_ = true;
      ++steps_;
    }
  }
  ended_ = ended_ || dispatcher_.total() == dispatcher_.target();
  return steps_ > before;
}

TimePoint Ramp::next_wakeup() const {
  return ended_ ? TimePoint::max() : std::max(time_of(steps_), last_steps_ + kShortestStep);
}

}  // namespace cppworker::runner
