#include "coro/blocking_pool.hpp"

#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>
#include <spdlog/spdlog.h>

#include "base/check.hpp"
#include "coro/forked_child.hpp"

namespace cppworker::coro {
namespace {

/// A longer wait for a thread makes the times measured around the call wrong.
constexpr std::chrono::milliseconds kLate{100};
constexpr std::chrono::seconds kWarningInterval{10};

}  // namespace

BlockingPool& BlockingPool::process() {
  static auto* pool = new BlockingPool;
  return *pool;
}

BlockingPool::~BlockingPool() {
  std::unique_lock lock{mutex_};
  closed_ = true;
  work_.notify_all();
  idle_changed_.wait(lock, [this] { return threads_ == 0; });
}

void BlockingPool::set_threads_max(std::size_t threads_max) {
  const std::lock_guard lock{mutex_};
  threads_max_ = threads_max;
}

void BlockingPool::run(std::function<void()> job) {
  CHECK(job != nullptr);
  const std::lock_guard lock{mutex_};
  CHECK(!closed_);
  if (jobs_.size() >= idle_ && threads_ < threads_max_) {
    try {
      start_thread();
    } catch (const std::system_error& error) {
      if (threads_ == 0) {
        throw std::system_error{error.code(), "Cannot start a thread for a blocking call"};
      }
    }
  }
  jobs_.push_back({std::move(job), std::chrono::steady_clock::now()});
  work_.notify_one();
}

void BlockingPool::start_thread() {
  std::thread{[this] { serve(); }}.detach();
  ++threads_;
}

bool BlockingPool::wait_idle(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  return idle_changed_.wait_until(lock, deadline,
                                  [this] { return jobs_.empty() && idle_ == threads_; });
}

void BlockingPool::serve() {
  pthread_setname_np(pthread_self(), thread_name_);  // otherwise it would inherit the shard's name
  std::unique_lock lock{mutex_};
  for (;;) {
    ++idle_;
    idle_changed_.notify_all();
    work_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) {
      break;
    }
    CHECK(threads_ > 0);
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    if (const TimePoint now = std::chrono::steady_clock::now(); warns_ && now - job.asked > kLate) {
      warn_late(now - job.asked, now);
    }
    lock.unlock();
    job.run();
    end_if_forked_child();
    job.run = nullptr;
    lock.lock();
  }
  --threads_;
  idle_changed_.notify_all();
}

void BlockingPool::warn_late(std::chrono::steady_clock::duration waited, TimePoint now) {
  if (last_warning_ != TimePoint::min() && now - last_warning_ < kWarningInterval) {
    return;
  }
  last_warning_ = now;
  spdlog::warn(
      "A blocking call waited {} ms for one of the {} threads: times measured around "
      "run_blocking() are too long. Increase --blocking-threads.",
      std::chrono::duration_cast<std::chrono::milliseconds>(waited).count(), threads_max_);
}

}  // namespace cppworker::coro
