#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "loader/process.hpp"

namespace cppworker::app {

/// A program that runs beside this one, in a process group of its own. It gets SIGTERM if this
/// process ends for any reason, also by SIGKILL. Its standard input is empty. It shares the
/// standard output of this process.
class ChildProcess {
 public:
  /// Starts the program. Call it on the main thread: the kernel sends the SIGTERM when the thread
  /// that started the program ends. Throws Error if the program can't be run, and std::system_error
  /// if a process, thread or pipe can't be created.
  /// @param words the path of the program, and its arguments
  /// @param on_line called for each line on the program's standard error, on a thread of this
  ///   object
  ChildProcess(const std::vector<std::string>& words, std::function<void(std::string)> on_line);
  /// Ends the program and waits for its end: sends SIGTERM, and SIGKILL after 5 s. Removes the
  /// function of on_end().
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Sends a signal to the program and the processes that it has started. Has no effect if the
  /// program has ended. Any thread.
  void signal(int number);
  /// None while the program runs. Any thread.
  [[nodiscard]] std::optional<loader::ExitStatus> status() const;
  /// Calls `function` once, when the program has ended: now, or later on a thread of this object.
  /// Replaces the function of an earlier call; an empty one removes it. `function` must not call
  /// this object. Any thread.
  void on_end(std::function<void()> function);

 private:
  void read_lines();
  void reap();

  const std::function<void(std::string)> on_line_;
  pid_t pid_ = 0;
  int standard_error_ = -1;  // what the program writes
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<loader::ExitStatus> status_;
  std::function<void()> on_end_;
  std::thread thread_;
};

}  // namespace cppworker::app
