#pragma once

#include "coro/clock.hpp"

namespace cppworker::coro {

/// What the kernel knows of the calling thread since its beginning.
struct ThreadTimes {
  Duration running{0};       ///< on a CPU
  Duration kept_waiting{0};  ///< ready, while others had the CPUs; 0 if the kernel doesn't count it

  [[nodiscard]] static ThreadTimes now();
};

}  // namespace cppworker::coro
