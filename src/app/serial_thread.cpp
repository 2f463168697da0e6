#include "app/serial_thread.hpp"

#include <csignal>
#include <utility>

#include <pthread.h>

#include "base/blocked_signals.hpp"

namespace cppworker::app {

SerialThread::SerialThread(std::function<void()> begin) : functions_{std::move(begin)} {
  const base::BlockedSignals of_the_control_thread{SIGINT, SIGTERM};
  thread_ = std::thread([this] { main(); });
}

SerialThread::~SerialThread() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SerialThread::post(std::function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    functions_.push_back(std::move(function));
  }
  changed_.notify_one();
}

bool SerialThread::wait(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, most, [this] { return functions_.empty(); });
}

std::size_t SerialThread::waiting() const {
  const std::lock_guard lock(mutex_);
  return functions_.size();
}

void SerialThread::main() {
  pthread_setname_np(pthread_self(), "run-file");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !functions_.empty(); });
    if (functions_.empty()) return;
    const std::function<void()>& next = functions_.front();  // post() does not move it
    lock.unlock();
    next();
    lock.lock();
    functions_.pop_front();
    if (functions_.empty()) idle_.notify_all();
  }
}

}  // namespace cppworker::app
