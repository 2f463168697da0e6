#include "runner/outbox.hpp"

#include <fmt/format.h>

namespace cppworker::runner {

void Outbox::send(protocol::Custom message, bool accepted, TimePoint now) {
  if (accepted) {
    actions_.add(Send{std::move(message)});
    return;
  }
  if (messages_.size() < kMostMessages) {
    messages_.push_back(std::move(message));
    return;
  }
  if (const auto dropped = dropped_messages_.allow(now)) {
    actions_.warning(fmt::format(
        "No connection to the master: {} messages wait already, {} more dropped (last: '{}')",
        kMostMessages, *dropped, message.type));
  }
}

void Outbox::send(protocol::Exception exception, bool accepted, TimePoint now) {
  if (accepted) {
    if (now >= second_ + std::chrono::seconds(1)) {
      second_ = now;
      exceptions_this_second_ = 0;
    }
    if (++exceptions_this_second_ <= kMostExceptionsPerSecond) {
      actions_.add(Send{std::move(exception)});
      return;
    }
  } else {
    const auto key = std::pair(exception.msg, exception.traceback);
    if (known_exceptions_.contains(key)) return;
    if (exceptions_.size() < kMostExceptions) {
      known_exceptions_.insert(key);
      exceptions_.push_back(std::move(exception));
      return;
    }
  }
  if (const auto dropped = dropped_exceptions_.allow(now)) {
    actions_.warning(
        fmt::format("Too many exceptions in user code: {} not sent to the master (last: {})",
                    *dropped, exception.msg));
  }
}

void Outbox::flush() {
  for (protocol::Exception& exception : exceptions_) actions_.add(Send{std::move(exception)});
  for (protocol::Custom& message : messages_) actions_.add(Send{std::move(message)});
  exceptions_.clear();
  known_exceptions_.clear();
  messages_.clear();
}

}  // namespace cppworker::runner
