#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace cppworker::app {

/// Runs functions on a thread of its own, one after the other, in the order in which they were
/// posted.
class SerialThread {
 public:
  /// @param begin runs first
  explicit SerialThread(std::function<void()> begin);
  /// Waits until all functions have run.
  ~SerialThread();
  SerialThread(const SerialThread&) = delete;
  SerialThread& operator=(const SerialThread&) = delete;

  /// @param function must not throw
  void post(std::function<void()> function);
  /// Waits until all functions have run. False: this took longer than `most`.
  [[nodiscard]] bool wait(std::chrono::milliseconds most);
  /// The number of functions that have not ended.
  [[nodiscard]] std::size_t waiting() const;

 private:
  void main();

  mutable std::mutex mutex_;  // guards the two below
  std::deque<std::function<void()>> functions_;
  bool ends_ = false;
  std::condition_variable changed_;
  std::condition_variable idle_;
  std::thread thread_;
};

}  // namespace cppworker::app
