#include "thrower.hpp"

#include <stdexcept>

#include <cppworker/exception.hpp>

namespace thrower {

static_assert(__LINE__ + 1 == kLineOfThrow);
[[gnu::noinline]] void fail() { throw std::runtime_error("no item"); }

static_assert(__LINE__ + 2 == kLineOfCall);
int call_fail() {
  fail();
  return 1;  // fail() does not replace this frame
}
static_assert(__LINE__ + 1 == kLineOfAt);
int at(const std::vector<int>& numbers, std::size_t index) { return numbers.at(index) + 1; }

static_assert(__LINE__ + 2 == kLineOfRun);
int run(const std::function<void()>& function) {
  function();
  return 1;  // the function does not replace this frame
}

const void* address_in_module() {
  static const int local = 0;
  return &local;
}

void throw_int() { throw 1; }
void stop_user() { throw cppworker::StopUser{}; }
void reschedule() { throw cppworker::RescheduleTask{}; }
void interrupt() { throw cppworker::InterruptTaskSet{}; }

}  // namespace thrower
