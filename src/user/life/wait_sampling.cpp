#include "user/life/wait_sampling.hpp"

#include <algorithm>
#include <chrono>

#include "base/check.hpp"

namespace cppworker::detail {

namespace {

/// Longer than any test. Avoids an overflow when a wait function returns infinity.
constexpr Seconds kMaxWait = std::chrono::hours{24 * 365};

}  // namespace

coro::Duration to_wait(Seconds wait) {
  if (!(wait > Seconds{0})) {  // also NaN
    return coro::Duration::zero();
  }
  return std::chrono::ceil<coro::Duration>(std::min(wait, kMaxWait));
}

coro::Duration sample_wait(const WaitTime& wait_time, coro::TimePoint now,
                           coro::TimePoint& paced_until, std::mt19937_64& random) {
  switch (wait_time.kind) {
    case WaitTime::Kind::kConstant:
      return to_wait(wait_time.low);
    case WaitTime::Kind::kBetween: {
      DCHECK(wait_time.low <= wait_time.high);
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
