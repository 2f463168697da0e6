#include "coro/clock.hpp"

#include <limits>

#include <spdlog/spdlog.h>

namespace cppworker::coro {
namespace {

/// Reads both clocks several times and uses the pair that was read closest together, because the
/// thread may be interrupted between the two reads.
Duration read_system_offset() {
  constexpr int kTries = 5;
  constexpr std::chrono::microseconds kCloseEnough{10};
  Duration offset{};
  Duration closest{std::numeric_limits<Duration::rep>::max()};
  for (int i = 0; i < kTries && closest > kCloseEnough; ++i) {
    const Duration before = read_clock(CLOCK_MONOTONIC);
    const Duration wall = read_clock(CLOCK_REALTIME);
    const Duration took = read_clock(CLOCK_MONOTONIC) - before;
    if (took < closest) {
      closest = took;
      offset = wall - before - took / 2;
    }
  }
  return offset;
}

void log_step(Duration step) {
  const double seconds = std::chrono::duration<double>(step).count();
  spdlog::warn(
      "The system clock was set {} by {:.1f} s{}. This worker's timestamps follow it. The master "
      "keeps the timestamps of earlier reports: the requests per second of a running test are "
      "wrong until the next test begins",
      seconds > 0 ? "forward" : "back", seconds > 0 ? seconds : -seconds,
      seconds > 0 ? ", or this machine was suspended" : "");
}

}  // namespace

WallClock::WallClock(std::function<Duration()> read_offset)
    : read_offset_(std::move(read_offset)), offset_(read_offset_().count()) {}

Duration WallClock::look(TimePoint now) {
  constexpr std::chrono::seconds kInterval{1};
  const std::lock_guard lock(looking_);
  const Duration offset = read_offset_();
  const Duration change = offset - Duration{offset_.exchange(offset.count())};
  next_look_ = (now + kInterval).time_since_epoch().count();
  if (is_step(change)) log_step(change);
  return offset;
}

WallClock& WallClock::system() {
  static WallClock clock(read_system_offset);
  return clock;
}

}  // namespace cppworker::coro
