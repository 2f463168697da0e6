#pragma once

#include <exception>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "coro/scheduler.hpp"
#include "net/resolver.hpp"
#include "user/shard.hpp"

namespace cppworker {

/// A shard for tests with other threads. run() runs a coroutine until it has returned, without a
/// timeout. Time is virtual by default.
template <class Clock = coro::VirtualClock>
class ThreadsTestOn : public testing::Test, private detail::ControlLink {
 protected:
  /// @param resolver must outlive the fixture
  explicit ThreadsTestOn(net::Resolver& resolver = net::Resolver::process())
      : shard{0, 1, scheduler, *this, 1000, stats::Precision::kLocust, resolver} {}

  void run(const std::function<void()>& body) {
    scheduler.spawn([&] {
      try {
        body();
      } catch (const std::exception& error) {
        ADD_FAILURE() << "the test threw: " << error.what();
      } catch (const StopUser&) {
        ADD_FAILURE() << "the test's own coroutine was stopped";
      }
      scheduler.stop();
    });
    scheduler.run();
  }

  Clock clock;
  coro::Scheduler scheduler{clock, {.stack_size = 512 * coro::kKiB}};
  detail::Shard shard;

 private:
  void send_message(std::string, Value) override {}
  void user_error(std::string, std::string) override {}
};

using ThreadsTest = ThreadsTestOn<>;

}  // namespace cppworker
