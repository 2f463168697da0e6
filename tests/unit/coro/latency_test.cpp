#include <algorithm>
#include <cstdint>
#include <queue>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "coro/scheduler.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

/// A clock with which responses arrive while a thread computes: the kernel receives them
/// independently of the thread.
class ServedClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() override { return now_; }
  bool skip_to(TimePoint deadline) override {
    const TimePoint first = answers_.empty() ? deadline : std::min(deadline, answers_.top().at);
    advance(std::max(first - now_, Duration::zero()));
    return true;
  }
  void advance(Duration duration) {
    now_ += duration;
    for (; !answers_.empty() && answers_.top().at <= now_; answers_.pop()) {
      EXPECT_EQ(::eventfd_write(answers_.top().fd, 1), 0);
    }
  }
  void answer_at(TimePoint at, int fd) { answers_.push({at, fd}); }

 private:
  struct Answer {
    TimePoint at;
    int fd;
    bool operator<(const Answer& other) const { return at > other.at; }  // the earliest is on top
  };
  TimePoint now_{1h};
  std::priority_queue<Answer> answers_;
};

/// Users that each send about ten requests a second to a server that answers after 50 ms. Any
/// longer measured time is the error of the worker.
class LatencyTest : public testing::Test {
 protected:
  static constexpr Duration kStated = 50ms;

  ~LatencyTest() override {
    for (const int fd : fds_) {
      ::close(fd);
    }
  }

  void run(int users, Duration cpu_per_answer) {
    for (int i = 0; i < users; ++i) {
      fds_.push_back(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
      users_.push_back(&scheduler_.spawn(
          [this, fd = fds_.back(), cpu_per_answer] { live(fd, cpu_per_answer); }));
    }
    Timer end{scheduler_, [](void* self) { static_cast<Scheduler*>(self)->stop(); }, &scheduler_};
    end.arm(clock_.now() + 10s);
    scheduler_.run();
    lag_ = scheduler_.take_lag();
    for (Coroutine* user : users_) {
      user->request_stop();
    }
    scheduler_.stop();
    scheduler_.run();  // one turn, in which the coroutines end
    EXPECT_EQ(scheduler_.alive(), 0U);
    std::sort(too_long_.begin(), too_long_.end());
  }

  [[nodiscard]] Duration p99_too_long() const { return too_long_.at(too_long_.size() * 99 / 100); }
  [[nodiscard]] const Lag& lag() const { return lag_; }

 private:
  void live(int fd, Duration cpu_per_answer) {
    for (;;) {
      this_coroutine::sleep_until(clock_.now() + std::chrono::microseconds{random_() % 100'000});
      const TimePoint asked = clock_.now();
      clock_.answer_at(asked + kStated, fd);
      this_coroutine::wait_readable(fd, TimePoint::max());
      too_long_.push_back(clock_.now() - asked - kStated);
      eventfd_t value = 0;
      ::eventfd_read(fd, &value);
      clock_.advance(cpu_per_answer);
    }
  }

  ServedClock clock_;
  Scheduler scheduler_{clock_, {}};
  std::mt19937_64 random_{7};
  std::vector<int> fds_;
  std::vector<Coroutine*> users_;
  std::vector<Duration> too_long_;
  Lag lag_;
};

TEST_F(LatencyTest, MeasuresTheServersTimes) {
  run(200, 20us);
  EXPECT_LT(p99_too_long(), 1ms);
  EXPECT_LE(lag().p99, 1ms);
}

TEST_F(LatencyTest, AtNinetyPercentLoadTimesAreRightOrTheLagStatesTheError) {
  run(200, 450us);
  if (p99_too_long() > 1ms) {
    EXPECT_GE(lag().p99, p99_too_long());
    EXPECT_LE(lag().p99, 3 * p99_too_long());
  }
}

TEST_F(LatencyTest, AtOverloadTheLagStatesTheErrorOfMeasuredTimes) {
  run(400, 1ms);  // four times the capacity of the thread
  EXPECT_GT(p99_too_long(), 100ms);
  EXPECT_GE(lag().p99, p99_too_long());
  EXPECT_LE(lag().p99, 3 * p99_too_long());
}

}  // namespace
}  // namespace cppworker::coro
