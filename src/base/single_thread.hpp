#pragma once

#include <thread>

namespace cppworker::base {

/// For assertions about objects that belong to one thread: the one that calls is_here() first.
class SingleThread {
 public:
  [[nodiscard]] bool is_here() {
    const std::thread::id self = std::this_thread::get_id();
    if (owner_ == std::thread::id()) owner_ = self;
    return owner_ == self;
  }

 private:
  std::thread::id owner_;
};

}  // namespace cppworker::base
