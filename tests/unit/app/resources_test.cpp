#include "app/resources.hpp"

#include <csignal>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <gmock/gmock.h>

#include "app/logging.hpp"
#include "app/options.hpp"
#include "support/limits.hpp"

namespace cppworker::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// What is said when these can't be had; "" when they can.
std::string refusal(const Resources& needed) {
  try {
    check_available(needed);
  } catch (const std::exception& error) {
    return describe_error(error);
  }
  return {};
}

TEST(Resources, AreGivenBack) {
  const FewFiles limit(5);
  const Resources needed{.file_descriptors = 5, .threads = 3, .memory_bytes = 1 << 20};
  EXPECT_EQ(refusal(needed), "");
  EXPECT_EQ(refusal(needed), "");
}

TEST(Resources, NameTheLimitOfOpenFiles) {
  const FewFiles limit(5);
  EXPECT_THAT(refusal({.file_descriptors = 6}),
              AllOf(HasSubstr("Too many open files"), HasSubstr("ulimit -n")));
  EXPECT_EQ(refusal({.file_descriptors = 5}), "");  // nothing was kept
}

TEST(Resources, NameTheLimitsOfThreads) {
  const NoMoreThreads limit;
  EXPECT_THAT(refusal({.threads = 1}),
              AllOf(HasSubstr("No more threads can be started"), HasSubstr("--threads")));
}

TEST(Resources, SayThatMemoryHasRunOut) {
  EXPECT_THAT(refusal({.memory_bytes = std::size_t{1} << 60}),
              AllOf(HasSubstr("Out of memory"), HasSubstr("Limits: ")));
}

TEST(DescribeError, LeavesOtherErrorsAsTheyAre) {
  EXPECT_EQ(describe_error(std::runtime_error("what it says")), "what it says");
  EXPECT_EQ(describe_error(std::system_error(ENOENT, std::generic_category(), "opening")),
            "opening: No such file or directory");
}

class UncaughtDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  /// Ends the process by an exception that leaves a thread.
  template <class E>
  static void end_by(const E& exception) {
    setup_logging({});
    log_uncaught_exceptions();
    std::thread([&] { throw exception; }).join();
  }
};

TEST_F(UncaughtDeathTest, WantOfResourcesIsExitCode1) {
  EXPECT_EXIT(end_by(std::bad_alloc()), testing::ExitedWithCode(1),
              "CRITICAL.*Uncaught exception, ending the worker: Out of memory");
  EXPECT_EXIT(end_by(std::system_error(EMFILE, std::generic_category(), "eventfd")),
              testing::ExitedWithCode(1), "CRITICAL.*eventfd: Too many open files.*ulimit -n");
}

TEST_F(UncaughtDeathTest, OtherExceptionsAreNamed) {
  EXPECT_EXIT(end_by(std::logic_error("impossible")), testing::KilledBySignal(SIGABRT),
              "CRITICAL.*Uncaught exception, ending the worker: std::logic_error: impossible");
  EXPECT_EXIT(end_by(7), testing::KilledBySignal(SIGABRT), "CRITICAL.*exception of type int");
}

}  // namespace
}  // namespace cppworker::app
