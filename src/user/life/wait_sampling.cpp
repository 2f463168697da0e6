#include "user/life/wait_sampling.hpp"

#include <algorithm>
#include <chrono>

namespace cppworker::detail {

namespace {

/// Longer than any test; keeps a wait function's infinity from overflowing.
constexpr Seconds kLongest = std::chrono::hours{24 * 365};

}  // namespace

coro::Duration to_wait(Seconds wait) {
  if (!(wait > Seconds{0})) {  // also not a number
    return coro::Duration::zero();
  }
  return std::chrono::ceil<coro::Duration>(std::min(wait, kLongest));
}

coro::Duration sample_wait(const WaitTime& wait_time, coro::TimePoint now,
                           coro::TimePoint& paced_until, std::mt19937_64& random) {
  switch (wait_time.kind) {
    case WaitTime::Kind::kConstant:
      return to_wait(wait_time.low);
    case WaitTime::Kind::kBetween: {
      std::uniform_real_distribution<double> seconds(wait_time.low.count(), wait_time.high.count());
      return to_wait(Seconds{seconds(random)});
    }
    case WaitTime::Kind::kPacing: {
      const coro::Duration wait =
          std::max(paced_until + to_wait(wait_time.low) - now, coro::Duration::zero());
      paced_until = now + wait;
      return wait;
    }
    case WaitTime::Kind::kPoisson: {
      std::exponential_distribution<double> seconds(1 / wait_time.low.count());
      return to_wait(Seconds{seconds(random)});
    }
  }
  return coro::Duration::zero();
}

}  // namespace cppworker::detail
