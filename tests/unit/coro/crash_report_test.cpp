#include "coro/crash_report.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "coro/scheduler.hpp"
#include "coro/stack_pool.hpp"

namespace cppworker::coro {
namespace {

/// Uses some stack on each level, and is not optimised away.
[[gnu::noinline]] int recurse(int depth) {
  std::array<volatile int, 64> frame{};
  frame[0] = depth;
  if (depth == 0) {
    return 0;
  }
  return recurse(depth - 1) + frame[0];
}

void run_one(Scheduler::Options options, Coroutine::Body body) {
  VirtualClock clock;
  Scheduler scheduler{clock, std::move(options)};
  scheduler.spawn(std::move(body), {"ShopUser", "browse"});
  scheduler.run_until_idle();
}

bool kernel_guards() {
  StackPool pool{{.guard = StackGuard::kAuto}};
  static_cast<void>(pool.acquire());
  return pool.guard() == StackGuard::kMadvise;
}

class CrashReportDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

constexpr const char* kOverflow =
    "Stack overflow in task browse of user class ShopUser: it needs more than 64 KiB.*--stack-size";

TEST_F(CrashReportDeathTest, NamesTheTaskThatOverflowsItsStack) {
  for (const StackGuard guard : {StackGuard::kMadvise, StackGuard::kMprotect}) {
    if (guard == StackGuard::kMadvise && !kernel_guards()) {
      continue;
    }
    EXPECT_DEATH(run_one({.stack_guard = guard}, [] { recurse(1'000'000); }), kOverflow);
  }
}

TEST_F(CrashReportDeathTest, EndsIfStandardErrorIsNotRead) {
  const auto crash = [] {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe2(pipe.data(), O_NONBLOCK), 0);
    while (::write(pipe[1], "x", 1) > 0) {
    }
    ::fcntl(pipe[1], F_SETFL, 0);
    ::dup2(pipe[1], STDERR_FILENO);
    run_one({}, [] { throw std::runtime_error("nobody catches this"); });
  };
  EXPECT_EXIT(crash(), testing::KilledBySignal(SIGABRT), "");
}

TEST_F(CrashReportDeathTest, CallsAFunctionBefore) {
  const auto crash = [] {
    install_crash_reports();
    call_before_crash([]() noexcept {
      [[maybe_unused]] const auto written = ::write(STDERR_FILENO, "the last lines\n", 15);
    });
    std::abort();
  };
  EXPECT_DEATH(crash(), "the last lines");
}

TEST_F(CrashReportDeathTest, ReportsTheSizeOfTheStack) {
  EXPECT_DEATH(run_one({.stack_size = 256 * kKiB}, [] { recurse(1'000'000); }),
               "it needs more than 256 KiB");
}

TEST_F(CrashReportDeathTest, WorksOnOtherThreads) {
  EXPECT_DEATH(
      {
        std::thread thread{[] { run_one({}, [] { recurse(1'000'000); }); }};
        thread.join();
      },
      kOverflow);
}

TEST_F(CrashReportDeathTest, NamesTheTaskOfAnyOtherBadAccess) {
  EXPECT_DEATH(run_one({}, [] { ::raise(SIGSEGV); }),
               "Segmentation fault in task browse of user class ShopUser");
}

TEST_F(CrashReportDeathTest, NamesNoTaskOutsideOfTasks) {
  EXPECT_DEATH(
      {
        run_one({}, [] {});
        ::raise(SIGSEGV);
      },
      "Segmentation fault in the main thread, outside of the test");
}

TEST_F(CrashReportDeathTest, NamesUserCodeOutsideOfTasks) {
  const auto crash = [] {
    install_crash_reports();
    const UserCodeHere outer({"ShopUser", "on_message"});
    { const UserCodeHere inner({"ShopUser", "a destructor"}); }
    ::raise(SIGSEGV);
  };
  EXPECT_DEATH(crash(), "Segmentation fault in on_message of ShopUser");
}

TEST_F(CrashReportDeathTest, NamesTheTaskOfAnArithmeticError) {
  EXPECT_DEATH(run_one({}, [] { ::raise(SIGFPE); }),
               "Arithmetic error.* in task browse of user class ShopUser");
}

TEST_F(CrashReportDeathTest, NamesTheTaskThatAborts) {
  EXPECT_EXIT(run_one({}, [] { std::abort(); }), testing::KilledBySignal(SIGABRT),
              "Program ended by abort\\(\\) in task browse of user class ShopUser");
}

TEST_F(CrashReportDeathTest, NamesTheTaskOfAnUncaughtException) {
  EXPECT_DEATH(run_one({}, [] { throw std::runtime_error{"nobody catches me"}; }),
               "Program ended by task browse of user class ShopUser(.|\n)*nobody catches me");
}

TEST(CrashReport, KeepsAnExistingSignalStack) {
  std::array<std::byte, 64 * kKiB> memory;
  stack_t before{};
  stack_t mine{};
  mine.ss_sp = memory.data();
  mine.ss_size = memory.size();
  ASSERT_EQ(::sigaltstack(&mine, &before), 0);
  {
    const SignalStack nothing_to_do;
    stack_t now{};
    ASSERT_EQ(::sigaltstack(nullptr, &now), 0);
    EXPECT_EQ(now.ss_sp, memory.data());
  }
  ASSERT_EQ(::sigaltstack(&before, nullptr), 0);
}

TEST(CrashReport, AddsASignalStackToAThreadAndRemovesIt) {
  std::thread thread{[] {
    stack_t none{};
    stack_t sanitizers{};
    none.ss_flags = SS_DISABLE;
    ASSERT_EQ(::sigaltstack(&none, &sanitizers), 0);
    stack_t now{};
    {
      const SignalStack own;
      ASSERT_EQ(::sigaltstack(nullptr, &now), 0);
      EXPECT_EQ(now.ss_flags & SS_DISABLE, 0);
    }
    ASSERT_EQ(::sigaltstack(nullptr, &now), 0);
    EXPECT_NE(now.ss_flags & SS_DISABLE, 0);
    ASSERT_EQ(::sigaltstack(&sanitizers, nullptr), 0);
  }};
  thread.join();
}

}  // namespace
}  // namespace cppworker::coro
