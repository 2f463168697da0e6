#pragma once

#include "world.hpp"

namespace cppworker::simulation {

/// The system under test.
class Target {
 public:
  enum class Mode { kNormal, kSlow, kHangs, kFails, kHealthy };
  struct Answer {
    Duration takes;
    bool fails;
  };

  explicit Target(World& world) : world_(world) {}

  void set(Mode mode) { mode_ = mode; }
  /// There are no more faults, also not in user code.
  [[nodiscard]] bool is_healthy() const { return mode_ == Mode::kHealthy; }
  Answer answer() {
    switch (mode_) {
      case Mode::kNormal:
      case Mode::kHealthy:
        break;
      case Mode::kSlow:
        return {world_.between(1s, 6s), false};
      case Mode::kHangs:
        return {60s, true};
      case Mode::kFails:
        return {world_.up_to(5ms), true};
    }
    return {world_.between(1ms, 200ms), world_.one_in(20)};
  }

 private:
  World& world_;
  Mode mode_ = Mode::kNormal;
};

}  // namespace cppworker::simulation
