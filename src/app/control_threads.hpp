#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <thread>
#include <vector>

namespace cppworker::app {

/// A group of threads that run only if all of them could be started.
class ControlThreads {
 public:
  /// Throws std::system_error if a thread can't be started; `run` is not called then.
  /// @param run called with 0 to count - 1, each on its own thread
  ControlThreads(std::size_t count, const std::function<void(std::size_t)>& run);

  void join();

 private:
  std::promise<bool> begin_;
  std::vector<std::thread> threads_;
};

}  // namespace cppworker::app
