#pragma once

#include "coro/clock.hpp"

namespace cppworker::coro {

/// The kernel's scheduling times of the calling thread since its start.
struct ThreadTimes {
  Duration running{0};  ///< on a CPU
  Duration kept_waiting{
      0};  ///< ready, but other threads used the CPUs; 0 if the kernel does not count it

  [[nodiscard]] static ThreadTimes now();
};

}  // namespace cppworker::coro
