#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <cppworker/load_test_shape.hpp>

namespace cppworker::app {

/// One stage of --stages.
struct Stage {
  std::int64_t users = 0;
  double spawn_rate = 1;
  Seconds ends{0};  ///< since the beginning of the run
};

/// Parses "100,30s;500@50,2m;0,10s": users, users per second after an @, time. Without an @, the
/// number of users changes evenly over the whole stage. Throws Error that quotes the wrong stage.
[[nodiscard]] std::vector<Stage> parse_stages(const std::string& text);

/// What the load shape of --stages wants at this time; none after the last stage.
[[nodiscard]] std::optional<LoadTestShape::Tick> tick_of(const std::vector<Stage>& stages,
                                                         Seconds run_time);

/// The load shape of --stages. Throws Error.
[[nodiscard]] std::unique_ptr<LoadTestShape> shape_of_stages(const std::string& text);

/// The same load shape in Python, for the end of a master's locustfile. Throws Error.
[[nodiscard]] std::string python_shape(const std::string& text);

}  // namespace cppworker::app
