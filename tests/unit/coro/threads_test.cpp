#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "coro/scheduler.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

/// A scheduler with real time and its own thread, like a shard.
class ShardThread {
 public:
  ShardThread() : thread_{[this] { scheduler.run(); }} {}
  ~ShardThread() {
    scheduler.stop();
    thread_.join();
  }
  ShardThread(const ShardThread&) = delete;
  ShardThread& operator=(const ShardThread&) = delete;

 private:
  RealClock clock_;

 public:
  Scheduler scheduler{clock_, {}};

 private:
  std::thread thread_;
};

TEST(Threads, MessagesOfManySendersAllArriveInOrder) {
  constexpr int kSenders = 4;
  constexpr int kMessages = 20'000;
  std::vector<int> last(kSenders, -1);  // used only by the receiver
  std::atomic<int> received{0};
  {
    ShardThread shard;
    std::vector<std::thread> senders;
    senders.reserve(kSenders);
    for (int sender = 0; sender < kSenders; ++sender) {
      senders.emplace_back([&, sender] {
        for (int i = 0; i < kMessages; ++i) {
          shard.scheduler.post([&, sender, i] {
            auto& before = last[static_cast<std::size_t>(sender)];
            EXPECT_EQ(before, i - 1);
            before = i;
            received.fetch_add(1);
          });
        }
      });
    }
    for (auto& sender : senders) {
      sender.join();
    }
  }  // functions posted before stop() have run
  EXPECT_EQ(received, kSenders * kMessages);
}

TEST(Threads, AMessageWakesASleepingScheduler) {
  // One message at a time: the receiver is asleep or about to sleep. A lost wakeup hangs the test.
  ShardThread ping;
  ShardThread pong;
  std::atomic<int> rounds{0};
  std::atomic<bool> done{false};
  struct Game {
    Scheduler& ping;
    Scheduler& pong;
    std::atomic<int>& rounds;
    std::atomic<bool>& done;
    void serve() {
      pong.post([this] {
        ping.post([this] {
          if (++rounds == 5'000) {
            done = true;
            done.notify_all();
          } else {
            serve();
          }
        });
      });
    }
  } game{ping.scheduler, pong.scheduler, rounds, done};
  game.serve();
  done.wait(false);
  EXPECT_EQ(rounds, 5'000);
}

TEST(Threads, StopFromAnotherThreadEndsASleepingScheduler) {
  for (int i = 0; i < 200; ++i) {
    const ShardThread shard;  // stopped before, while or after it falls asleep
  }
}

TEST(Threads, SchedulersDoNotInterfere) {
  std::atomic<int> right{0};
  {
    std::vector<std::unique_ptr<ShardThread>> shards;
    shards.reserve(3);
    for (int i = 0; i < 3; ++i) {
      shards.push_back(std::make_unique<ShardThread>());
    }
    for (auto& shard : shards) {
      Scheduler& mine = shard->scheduler;
      mine.post([&] {
        for (int i = 0; i < 100; ++i) {
          mine.spawn([&] {
            for (int turn = 0; turn < 10; ++turn) {
              try {
                throw int{turn};
              } catch (int caught) {
                this_coroutine::yield();
                right +=
                    Scheduler::current() == &mine && mine.running() != nullptr && caught == turn;
              }
            }
          });
        }
      });
    }
    while (right < 3'000) {
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(right, 3'000);
}

TEST(Threads, AnotherThreadResumesACoroutineThroughAMessage) {
  ShardThread shard;
  std::atomic<bool> resumed{false};
  std::atomic<Coroutine*> waiting{nullptr};
  shard.scheduler.post([&] {
    shard.scheduler.spawn([&] {
      waiting = shard.scheduler.running();
      waiting.notify_all();
      this_coroutine::suspend();
      resumed = true;
      resumed.notify_all();
    });
  });
  waiting.wait(nullptr);
  shard.scheduler.post([&] { waiting.load()->resume(); });
  resumed.wait(false);
  EXPECT_TRUE(resumed);
}

}  // namespace
}  // namespace cppworker::coro
