#pragma once

#include <chrono>
#include <span>
#include <string>

#include "runner/threshold.hpp"

namespace cppworker::app {

/// Thresholds in Python, for the end of a master's locustfile: the data, and the code with which a
/// stock master checks them. The code reaches the same verdicts as runner/thresholds.hpp.
/// @param thresholds without late%, which workers do not report
[[nodiscard]] std::string python_thresholds(std::span<const runner::Threshold> thresholds,
                                            std::chrono::seconds warm_up);

}  // namespace cppworker::app
