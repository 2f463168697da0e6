#pragma once

#include <atomic>
#include <functional>

namespace cppworker::coro {

/// Queue of functions that other threads post to one receiver. Lock-free, with many senders and one
/// receiver. Functions of one sender run in the order in which they were posted. It has its own
/// cache line because the senders write it and the receiver uses the data next to it.
class alignas(64) Mailbox {
 public:
  Mailbox() = default;
  /// Destroys the functions that were not run.
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// For any thread. Returns true if the receiver is asleep and the caller must wake it.
  [[nodiscard]] bool post(std::function<void()> function);

  /// To wake the receiver without a message. Returns true if the caller must wake it.
  [[nodiscard]] bool claim_wakeup();

  // The rest is for the receiver's thread.

  /// Runs the functions that have been posted so far. Functions that are posted during the call
  /// wait for the next one.
  void run_posted();
  [[nodiscard]] bool empty() const { return newest_.load() == nullptr; }
  /// Call before the receiver sleeps. Returns false if it must not sleep because there is a
  /// message.
  [[nodiscard]] bool prepare_to_sleep();
  void awake() { sleeping_.store(false); }

 private:
  struct Message {
    std::function<void()> function;
    Message* older;
  };

  // Everything here is sequentially consistent: a sender stores newest_ and then looks at
  // sleeping_; the receiver does the reverse. So at least one of them sees the other's store.
  std::atomic<Message*> newest_{nullptr};
  std::atomic<bool> sleeping_{false};
};

}  // namespace cppworker::coro
