#pragma once

#include <exception>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"

namespace cppworker::test_support {

/// What the body of a COROUTINE_TEST sees: a scheduler on virtual time, running it.
class CoroutineFixture {
 public:
  virtual ~CoroutineFixture() = default;

  /// Runs the body as a coroutine until nothing can happen any more.
  void run() {
    bool returned = false;
    scheduler.spawn(
        [this, &returned] {
          try {
            body();
          } catch (const StopUser&) {
            ADD_FAILURE() << "the test's own coroutine was stopped";
          } catch (const std::exception& error) {
            ADD_FAILURE() << "the test threw: " << error.what();
          }
          returned = true;
        },
        {"CoroutineTest", "body"});
    scheduler.run_until_idle();
    EXPECT_TRUE(returned) << "the test still waits for something that will never happen";
  }

 protected:
  virtual void body() = 0;

  /// Virtual time since the test began.
  [[nodiscard]] coro::Duration elapsed() { return clock.now() - begin_; }

  coro::VirtualClock clock;
  // Assertions and sanitizers use far more stack than users do.
  coro::Scheduler scheduler{clock, {.stack_size = 512 * coro::kKiB}};

 private:
  coro::TimePoint begin_ = clock.now();
};

}  // namespace cppworker::test_support

/// A TEST whose body runs as a coroutine on virtual time: it may sleep for hours and takes
/// microseconds. It sees `scheduler`, `clock` and elapsed().
#define COROUTINE_TEST(Suite, Name)                                                        \
  class Suite##_##Name##_Body final : public ::cppworker::test_support::CoroutineFixture { \
    void body() override;                                                                  \
  };                                                                                       \
  TEST(Suite, Name) { Suite##_##Name##_Body{}.run(); }                                     \
  void Suite##_##Name##_Body::body()
