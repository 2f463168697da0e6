#include "loader/process.hpp"

#include <csignal>
#include <iterator>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::HasSubstr;

TEST(FindProgram, LooksAlongThePathLikeAShell) {
  EXPECT_TRUE(find_program("sh"));
  EXPECT_TRUE(find_program("/bin/sh"));
  EXPECT_FALSE(find_program("no-such-program-here"));
  EXPECT_FALSE(find_program("/etc/passwd"));  // not executable
  EXPECT_FALSE(find_program(""));
}

TEST(RunProgram, GivesTheExitCode) {
  EXPECT_TRUE(run_program({"sh", "-c", "exit 0"}).ok());
  EXPECT_EQ(run_program({"sh", "-c", "exit 7"}).code, 7);
}

TEST(RunProgram, GivesTheSignalThatEndedIt) {
  const auto status = run_program({"sh", "-c", "kill -9 $$"});
  EXPECT_EQ(status.signal, SIGKILL);
  EXPECT_FALSE(status.ok());
}

TEST(RunProgram, SendsItsOutputToStandardError) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  (void)run_program({"echo", "hello"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "hello\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(RunProgram, LetsSignalsThroughThatWeBlock) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  EXPECT_EQ(run_program({"sh", "-c", "kill -TERM $$; exit 3"}).signal, SIGTERM);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}

TEST(RunProgram, SaysWhatCannotBeStarted) {
  EXPECT_THAT(message_of<Error>([] { (void)run_program({"/no/such/program"}); }),
              HasSubstr("Could not start '/no/such/program': No such file"));
}

}  // namespace
}  // namespace cppworker::loader
