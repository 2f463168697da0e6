#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

class Environment;
namespace detail {
struct ShapeAccess;
}

/// Decides how many users run, for a run without a master. The counterpart of Locust's
/// LoadTestShape. Derive from it and name the class in `CPPWORKER_SHAPE(...)`.
class CPPWORKER_EXPORT LoadTestShape {
 public:
  /// The number of users that the shape wants from now on.
  struct Tick {
    std::int64_t users = 0;
    double spawn_rate = 1;  ///< users that start or stop per second, > 0
    /// The names of the classes of which users are started; empty: as in the last Tick, at first
    /// all.
    std::vector<std::string> user_classes{};
    bool operator==(const Tick&) const = default;
  };

  /// true: the options --users, --spawn-rate and --run-time are for the shape, which reads them in
  /// environment().parsed_options(). false: a warning reports that they have no effect.
  static constexpr bool use_common_options = false;

  LoadTestShape();
  virtual ~LoadTestShape() = default;
  LoadTestShape(const LoadTestShape&) = delete;
  LoadTestShape& operator=(const LoadTestShape&) = delete;

  /// Called once a second, also while users are still starting or stopping: a new Tick replaces the
  /// last one. Returns nothing when the test shall end. Runs as a coroutine on shard 0, and may
  /// suspend.
  virtual std::optional<Tick> tick() = 0;

  /// The time since the test began, or since reset_time().
  [[nodiscard]] Seconds run_time() const;
  void reset_time();
  /// The number of users that were running when tick() was called.
  [[nodiscard]] std::int64_t current_user_count() const { return user_count_; }
  /// That of shard 0. @pre Called in tick().
  [[nodiscard]] Environment& environment() const { return *environment_; }

 private:
  friend struct detail::ShapeAccess;
  std::chrono::steady_clock::time_point start_;
  std::int64_t user_count_ = 0;
  Environment* environment_ = nullptr;  // not owned; null until the first tick()
};

namespace detail {
/// For the library itself.
struct ShapeAccess {
  static void begin(LoadTestShape& shape, Environment& environment) {
    shape.environment_ = &environment;
    shape.reset_time();
  }
  static void begin_tick(LoadTestShape& shape, std::int64_t user_count) {
    shape.user_count_ = user_count;
  }
};
}  // namespace detail

}  // namespace cppworker
