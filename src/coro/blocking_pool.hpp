#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace cppworker::coro {

/// Threads for blocking calls. Threads are started when they are needed, up to a limit. Further
/// calls wait in a queue, first in, first out, and long waits are logged. For any thread.
class BlockingPool {
 public:
  static constexpr std::size_t kThreadsDefault = 64;

  struct Options {
    std::size_t threads_max = kThreadsDefault;
    const char* thread_name = "blocking";  ///< at most 15 characters
    bool warns = true;                     ///< logs calls that wait for a thread
  };

  BlockingPool() : BlockingPool{Options{}} {}
  explicit BlockingPool(const Options& options)
      : threads_max_{options.threads_max},
        thread_name_{options.thread_name},
        warns_{options.warns} {}
  /// Waits for all jobs.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// The pool of the process. Never destroyed, so that a blocked call does not keep the process
  /// from ending.
  static BlockingPool& process();

  /// Call this before the first run().
  void set_threads_max(std::size_t threads_max);

  /// `job` must not throw. Throws std::system_error if the pool has no thread and cannot start one.
  void run(std::function<void()> job);

  /// Waits until all jobs have ended. Returns false if jobs are still running at `deadline`.
  [[nodiscard]] bool wait_idle(std::chrono::steady_clock::time_point deadline);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Job {
    std::function<void()> run;
    TimePoint asked;
  };
  void start_thread();
  void serve();
  void warn_late(std::chrono::steady_clock::duration waited, TimePoint now);

  std::mutex mutex_;  // guards everything below
  std::condition_variable work_;
  std::condition_variable idle_changed_;
  std::deque<Job> jobs_;
  std::size_t threads_max_;
  const char* const thread_name_;
  const bool warns_;
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
  bool closed_ = false;
  TimePoint last_warning_ = TimePoint::min();
};

}  // namespace cppworker::coro
