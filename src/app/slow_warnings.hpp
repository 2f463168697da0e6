#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"

namespace cppworker::app {

/// Limits the warnings about code that blocks its thread: one per 10 s for each task and each
/// on_message(), so that one of them does not hide another.
class SlowWarnings {
 public:
  static constexpr std::chrono::seconds kInterval{10};

  bool is_due(coro::Label label, coro::TimePoint now) {
    const auto [last, is_first] =
        last_.try_emplace({std::string(label.user_class), std::string(label.task)}, now);
    if (!is_first && now - last->second <= kInterval) return false;
    last->second = now;
    return true;
  }

 private:
  std::map<std::pair<std::string, std::string>, coro::TimePoint> last_;
};

}  // namespace cppworker::app
