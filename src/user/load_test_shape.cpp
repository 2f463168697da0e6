#include <cppworker/load_test_shape.hpp>
#include <cppworker/time.hpp>

namespace cppworker {

LoadTestShape::LoadTestShape() : start_(detail::clock_now()) {}

Seconds LoadTestShape::run_time() const { return detail::clock_now() - start_; }

void LoadTestShape::reset_time() { start_ = detail::clock_now(); }

}  // namespace cppworker
