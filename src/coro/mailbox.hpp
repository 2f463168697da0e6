#pragma once

#include <atomic>
#include <functional>

namespace cppworker::coro {

/// Functions that other threads want to have run here: many senders, one receiver, no lock.
/// What one sender posts is run in its order. On a cache line of its own: senders write it, and
/// what lies beside it is the receiver's.
class alignas(64) Mailbox {
 public:
  Mailbox() = default;
  /// Destroys what was never run.
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// From any thread. True if the receiver sleeps and must be woken by the caller.
  [[nodiscard]] bool post(std::function<void()> function);

  /// For callers that want to wake the receiver without a message. True if they must.
  [[nodiscard]] bool claim_wakeup();

  // The rest is for the receiver's thread.

  /// Runs what has been posted so far; what comes in meanwhile waits for the next call.
  void run_posted();
  [[nodiscard]] bool empty() const { return newest_.load() == nullptr; }
  /// Announces that the receiver is about to sleep. False if it must not: there is a message.
  [[nodiscard]] bool prepare_to_sleep();
  void awake() { sleeping_.store(false); }

 private:
  struct Message {
    std::function<void()> function;
    Message* older;
  };

  // Everything here is sequentially consistent: a sender stores newest_ and then looks at
  // sleeping_, the receiver does it the other way round, so at least one of them sees the other.
  std::atomic<Message*> newest_{nullptr};
  std::atomic<bool> sleeping_{false};
};

}  // namespace cppworker::coro
