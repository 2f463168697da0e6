#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace cppworker::coro {

/// Threads for calls that block: started when they are needed, up to a limit; then calls wait for
/// one, first come, first served, and the log says so. Any thread.
class BlockingPool {
 public:
  static constexpr std::size_t kThreadsDefault = 64;

  struct Options {
    std::size_t threads_max = kThreadsDefault;
    const char* thread_name = "blocking";  ///< at most 15 characters
    bool warns = true;                     ///< of calls that wait for a thread
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

  /// The process's. Never destroyed: a call that hangs must not keep the process from ending.
  static BlockingPool& process();

  /// For the time before the first run().
  void set_threads_max(std::size_t threads_max);

  /// `job` must not throw. Throws std::system_error when not even one thread can be had.
  void run(std::function<void()> job);

  /// Until all jobs have ended; false if some have not by `deadline`.
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
