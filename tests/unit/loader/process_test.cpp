#include "loader/process.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include <gmock/gmock.h>
#include <sys/prctl.h>

#include <cppworker/exception.hpp>

#include "support/limits.hpp"
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

TEST(RunAndCollect, StoresBothOutputsInTheirOrder) {
  std::string output;
  EXPECT_EQ(
      run_and_collect({"sh", "-c", "echo one; echo two >&2; echo three; exit 4"}, output).code, 4);
  EXPECT_EQ(output, "one\ntwo\nthree\n");
}

TEST(RunAndCollect, StoresAnyAmountOfOutput) {
  std::string output;
  EXPECT_TRUE(run_and_collect({"head", "-c", "3000000", "/dev/zero"}, output).ok());
  EXPECT_EQ(output.size(), 3'000'000U);
}

TEST(RunAndCollect, DoesNotWaitForAProcessThatOutlivesTheProgram) {
  std::string output;
  EXPECT_TRUE(run_and_collect({"sh", "-c", "echo done; sleep 300 & echo $!"}, output).ok());
  EXPECT_THAT(output, HasSubstr("done\n"));
  EXPECT_EQ(kill(std::stoi(output.substr(5)), SIGKILL), 0) << "it is still running";
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

TEST(RunProgram, SaysThatResourcesKeepItFromStarting) {
  const FewFiles limit(1);
  EXPECT_THROW((void)run_and_read({"true"}), std::system_error);
}

/// Runs a shell script; when it has made the file "ready", the program is ended so many times.
class EndedProgram : public testing::Test {
 protected:
  EndedProgram() { prctl(PR_SET_CHILD_SUBREAPER, 1); }  // we inherit processes, as PID 1 does
  ~EndedProgram() override { prctl(PR_SET_CHILD_SUBREAPER, 0); }

  int signal_of(const std::string& script, int times) {
    std::thread ending([&] {
      while (!std::filesystem::exists(folder / "ready")) std::this_thread::yield();
      for (; times != 0; --times) {
        while (!end_running_program(SIGTERM)) std::this_thread::yield();
      }
    });
    int signal = 0;
    try {
      (void)run_program({"sh", "-c", "cd " + folder.path().native() + "; " + script});
    } catch (const Interrupted& interrupted) {
      signal = interrupted.signal;
    }
    ending.join();
    return signal;
  }

  TemporaryFolder folder;
};

TEST_F(EndedProgram, TakesWhatItStartedWithIt) {
  EXPECT_EQ(signal_of("sleep 1000 & echo $! >pid; touch ready; wait", 1), SIGTERM);
  pid_t pid = 0;
  std::ifstream(folder / "pid") >> pid;
  ASSERT_GT(pid, 0);
  EXPECT_NE(kill(pid, 0), 0);  // not even a zombie
  EXPECT_FALSE(end_running_program(SIGTERM));
}

TEST_F(EndedProgram, IsEndedByForceTheSecondTime) {
  EXPECT_EQ(signal_of("trap '' TERM; touch ready; while :; do sleep 0.01; done", 2), SIGTERM);
}

TEST_F(EndedProgram, LeavesTheNextProgramAlone) {
  EXPECT_EQ(signal_of("touch ready; sleep 1000", 1), SIGTERM);
  EXPECT_EQ(run_program({"sh", "-c", "exit 3"}).code, 3);
}

}  // namespace
}  // namespace cppworker::loader
