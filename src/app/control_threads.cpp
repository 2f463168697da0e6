#include "app/control_threads.hpp"

namespace cppworker::app {

ControlThreads::ControlThreads(std::size_t count, const std::function<void(std::size_t)>& run) {
  const std::shared_future<bool> begin = begin_.get_future().share();
  try {
    for (std::size_t i = 0; i < count; ++i) {
      threads_.emplace_back([begin, run, i] {
        if (begin.get()) run(i);
      });
    }
  } catch (...) {
    begin_.set_value(false);
    join();
    throw;
  }
  begin_.set_value(true);
}

void ControlThreads::join() {
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace cppworker::app
