#include "user/throw_site.hpp"

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>

#include <cppworker/detail/loop_stack.hpp>

#include "coro/scheduler.hpp"
#include "thrower.hpp"
#include "user/source_lines.hpp"
#include "user/user_error.hpp"

namespace cppworker::detail {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

template <class Function>
std::string lines_of(const Function& function) {
  try {
    function();
  } catch (...) {
    return source_lines(throw_site_of_current_exception());
  }
  return "nothing was thrown";
}

std::string place(int line, std::string_view function) {
  return "    File \"thrower.cpp\", line " + std::to_string(line) +
         ", in thrower::" + std::string(function) + "\n";
}

class ThrowSite : public testing::Test {
 protected:
  static void SetUpTestSuite() { record_throws_below(thrower::address_in_module()); }
#if !defined(CPPWORKER_HAS_BACKTRACE)
  void SetUp() override { GTEST_SKIP() << "this build has no libbacktrace"; }
#endif
};

TEST_F(ThrowSite, TheInnermostLineIsLast) {
  EXPECT_EQ(lines_of([] { (void)thrower::call_fail(); }),
            place(thrower::kLineOfCall, "call_fail") + place(thrower::kLineOfThrow, "fail"));
}

TEST_F(ThrowSite, ThePlaceIsTheCallIfTheStandardLibraryThrows) {
  EXPECT_EQ(lines_of([] { (void)thrower::at({}, 3); }), place(thrower::kLineOfAt, "at"));
}

TEST_F(ThrowSite, TheTracebackHasTheLines) {
  const auto traceback = [] {
    try {
      thrower::fail();
      return std::string();
    } catch (...) {
      return describe_current_exception("ShopUser", "pay").traceback;
    }
  };
  EXPECT_EQ(traceback(), "  in ShopUser.pay\n" + place(thrower::kLineOfThrow, "fail") +
                             "    std::runtime_error\n");
}

TEST_F(ThrowSite, SurvivesARethrowAndOtherThrows) {
  std::exception_ptr kept;
  try {
    thrower::fail();
  } catch (...) {
    kept = std::current_exception();
  }
  EXPECT_THAT(lines_of(thrower::throw_int), HasSubstr("throw_int"));
  EXPECT_THAT(lines_of([&] { std::rethrow_exception(kept); }), EndsWith("::fail\n"));
  EXPECT_THAT(lines_of([] {
                try {
                  thrower::fail();
                } catch (const std::exception&) {
                  throw;
                }
              }),
              EndsWith("::fail\n"));
}

TEST_F(ThrowSite, AThrowOnTheLoopStackHasTheCallersLine) {
  coro::VirtualClock clock;
  coro::Scheduler scheduler(clock, {.stack_size = 64 * coro::kKiB});
  std::string lines;
  scheduler.spawn([&] {
    lines = lines_of([] {
      (void)thrower::run([] { on_loop_stack([] { throw std::invalid_argument("text"); }); });
    });
    scheduler.stop();
  });
  scheduler.run();
  EXPECT_EQ(lines, place(thrower::kLineOfRun, "run"));
}

TEST_F(ThrowSite, ControlFlowIsNotRecorded) {
  EXPECT_THAT(lines_of(thrower::stop_user), IsEmpty());
  EXPECT_THAT(lines_of(thrower::reschedule), IsEmpty());
  EXPECT_THAT(lines_of(thrower::interrupt), IsEmpty());
}

TEST_F(ThrowSite, AThrowOfAnotherThreadOrLongAgoIsNotFound) {
  std::exception_ptr kept;
  const auto fail_and_keep = [&] {
    try {
      thrower::fail();
    } catch (...) {
      kept = std::current_exception();
    }
  };
  std::thread(fail_and_keep).join();
  EXPECT_THAT(lines_of([&] { std::rethrow_exception(kept); }), IsEmpty());
  fail_and_keep();
  for (int i = 0; i < 16; ++i) (void)lines_of(thrower::throw_int);
  EXPECT_THAT(lines_of([&] { std::rethrow_exception(kept); }), IsEmpty());
}

}  // namespace
}  // namespace cppworker::detail
