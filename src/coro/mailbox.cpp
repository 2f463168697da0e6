#include "coro/mailbox.hpp"

#include <memory>
#include <utility>

#include "base/check.hpp"
#include "coro/tsan.hpp"

namespace cppworker::coro {

Mailbox::~Mailbox() {
  Message* message = newest_.load();
  while (message != nullptr) {
    const std::unique_ptr<Message> owned{message};
    message = owned->older;
  }
}

bool Mailbox::post(std::function<void()> function) {
  DCHECK(function != nullptr);
  auto message = std::make_unique<Message>(Message{std::move(function), newest_.load()});
  tsan::release(this);
  while (!newest_.compare_exchange_weak(message->older, message.get())) {
  }
  static_cast<void>(message.release());  // the receiver owns it now
  return claim_wakeup();
}

bool Mailbox::claim_wakeup() { return sleeping_.load() && sleeping_.exchange(false); }

void Mailbox::run_posted() {
  if (empty()) {
    return;
  }
  Message* message = newest_.exchange(nullptr);
  tsan::acquire(this);
  Message* oldest = nullptr;
  while (message != nullptr) {
    Message* older = std::exchange(message->older, oldest);
    oldest = std::exchange(message, older);
  }
  while (oldest != nullptr) {
    const std::unique_ptr<Message> owned{oldest};
    oldest = owned->older;  // "older" points to the next one after the reversal
    owned->function();
  }
}

bool Mailbox::prepare_to_sleep() {
  sleeping_.store(true);
  if (!empty()) {
    awake();
    return false;
  }
  return true;
}

}  // namespace cppworker::coro
