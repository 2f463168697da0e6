#include "app/forked_children.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "coro/forked_child.hpp"

namespace cppworker::app {
namespace {

/// Other threads may have held locks when the process was forked, those of the log for example. So
/// this calls only async-signal-safe functions.
void begin_child() {
  coro::become_forked_child();
  spdlog::default_logger_raw()->set_level(spdlog::level::off);
  sigset_t ending;
  sigemptyset(&ending);
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, SIG_DFL);
    sigaddset(&ending, signal);
  }
  pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
}

void end_child(int exit_code, void* /*unused*/) {
  if (!coro::is_forked_child()) return;
  std::fflush(nullptr);
  ::_exit(exit_code);
}

}  // namespace

void contain_forked_children() {
  pthread_atfork(nullptr, nullptr, begin_child);
  on_exit(end_child, nullptr);
}

}  // namespace cppworker::app
