#pragma once

#include <csignal>
#include <initializer_list>

namespace cppworker::base {

/// Blocks these signals for the calling thread during its lifetime. Threads that are started
/// meanwhile inherit the mask and keep it.
class BlockedSignals {
 public:
  BlockedSignals(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace cppworker::base
