#include "app/signals.hpp"

#include <csignal>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace cppworker::app {
namespace {

/// Signals change the process, so each test has one of its own.
class SignalsDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void receive(int signal) {
  end_on_signals();
  raise(signal);
  _exit(0);
}

TEST_F(SignalsDeathTest, EndTheProcessAsByDefault) {
  EXPECT_EXIT(receive(SIGTERM), testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(receive(SIGINT), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(receive(SIGHUP), testing::KilledBySignal(SIGHUP), "");
}

TEST_F(SignalsDeathTest, StayIgnoredUnderNohup) {
  const auto receive_ignored = [] {
    std::signal(SIGHUP, SIG_IGN);
    receive(SIGHUP);
  };
  EXPECT_EXIT(receive_ignored(), testing::ExitedWithCode(0), "");
}

TEST_F(SignalsDeathTest, AreUnblockedWhateverStartedTheProcess) {
  const auto receive_blocked = [] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    receive(SIGTERM);
  };
  EXPECT_EXIT(receive_blocked(), testing::KilledBySignal(SIGTERM), "");
}

/// Exit code 0 if the signal that came is read, although another thread did not block it.
void read_despite_another_thread(int signal) {
  end_on_signals();
  std::promise<void> end;
  std::thread other([&] { end.get_future().wait(); });
  SignalFd signals;
  kill(getpid(), signal);
  pollfd readable{.fd = signals.fd(), .events = POLLIN, .revents = 0};
  poll(&readable, 1, -1);
  const bool is_it = signals.next() == signal;
  end.set_value();
  other.join();
  _exit(is_it ? 0 : 1);
}

TEST_F(SignalsDeathTest, AreReadByTheSignalFdOnceThereIsOne) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP()
      << "ThreadSanitizer calls the handler later and ignores the signal mask that it sets";
#endif
  EXPECT_EXIT(read_despite_another_thread(SIGTERM), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(read_despite_another_thread(SIGINT), testing::ExitedWithCode(0), "");
}

TEST_F(SignalsDeathTest, BrokenPipesAreErrorsOfTheWriter) {
  const auto receive_pipe = [] { receive(SIGPIPE); };
  EXPECT_EXIT(receive_pipe(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace cppworker::app
