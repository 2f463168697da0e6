#include "app/child_process.hpp"

#include <csignal>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ChildProcessTest : public testing::Test {
 protected:
  std::unique_ptr<ChildProcess> start(const char* script) {
    return std::make_unique<ChildProcess>(std::vector<std::string>{"/bin/sh", "-c", script},
                                          [this](std::string line) { take(std::move(line)); });
  }
  static loader::ExitStatus wait(ChildProcess& process) {
    std::promise<void> ended;
    process.on_end([&] { ended.set_value(); });
    ended.get_future().wait();
    return process.status().value();
  }
  void take(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    if (lines_.size() == 1) first_line_.set_value();
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::promise<void> first_line_;
};

TEST_F(ChildProcessTest, ItsLinesAndItsExitCodeArrive) {
  const auto process = start("cat; echo one >&2; printf 'two\\nthree' >&2; exit 7");
  EXPECT_EQ(wait(*process).code, 7);
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
  bool called = false;
  process->on_end([&] { called = true; });
  EXPECT_TRUE(called) << "it has ended already";
  process->signal(SIGTERM);  // has no effect
}

TEST_F(ChildProcessTest, GetsSignalsAlthoughThisProcessBlocksAndIgnoresThem) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const auto ignored = std::signal(SIGINT, SIG_IGN);
  const auto process = start("trap 'exit 5' INT; echo ready >&2; while :; do sleep 1; done");
  std::signal(SIGINT, ignored);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  first_line_.get_future().wait();
  process->signal(SIGINT);
  EXPECT_EQ(wait(*process).code, 5);
}

TEST_F(ChildProcessTest, AProcessThatItLeavesBehindDoesNotHoldUpItsEnd) {
  const auto process = start("sleep 1000 & echo left >&2; exit 3");
  EXPECT_EQ(wait(*process).code, 3);
  EXPECT_THAT(lines_, ElementsAre("left"));
}

TEST_F(ChildProcessTest, AVeryLongLineIsCut) {
  const auto process = start("head -c 3000000 /dev/zero | tr '\\0' x >&2");
  EXPECT_EQ(wait(*process).code, 0);
  std::size_t length = 0;
  for (const std::string& line : lines_) length += line.size();
  EXPECT_EQ(length, 3'000'000U);
  EXPECT_THAT(lines_.size(), testing::AllOf(testing::Ge(2U), testing::Le(3U)));
}

TEST_F(ChildProcessTest, TheSignalThatEndedItIsKnown) {
  const auto process = start("echo ready >&2; exec sleep 1000");
  process->signal(SIGKILL);
  EXPECT_EQ(wait(*process).signal, SIGKILL);
}

TEST_F(ChildProcessTest, EndsWithItsObject) {
  auto process = start("echo ready >&2; exec sleep 1000");
  bool called = false;
  process->on_end([&] { called = true; });
  process.reset();
  EXPECT_FALSE(called) << "the destructor removes the function";
}

TEST_F(ChildProcessTest, WhatCannotRunIsAnError) {
  const TemporaryFolder folder;
  const std::string script = folder.write("script", "#!/no/such/interpreter\n");
  const auto run = [&] { const ChildProcess process({script}, [](const std::string&) {}); };
  EXPECT_THAT(message_of<Error>(run), HasSubstr("Could not run '" + script + "'"));
}

}  // namespace
}  // namespace cppworker::app
