#include "runner/outbox.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

#include <fmt/format.h>

#include "base/check.hpp"
#include "text/log_text.hpp"

namespace cppworker::runner {
namespace {

constexpr std::chrono::milliseconds kResendInterval{100};

}  // namespace

void Outbox::send(protocol::Custom message, TimePoint now) {
  if (may_send(now) && messages_.empty()) return put(std::move(message));
  keep(std::move(message), now);
}

void Outbox::keep(protocol::Custom message, TimePoint now) {
  if (messages_.size() < kMaxMessages) {
    messages_.push_back(std::move(message));
  } else if (const auto dropped = dropped_messages_.allow(now)) {
    actions_.warning(fmt::format(
        "{} messages are queued for the master, which is not reading them: {} more were dropped "
        "(type of the last one: '{}')",
        kMaxMessages, *dropped, text::quote_for_log(message.type)));
  }
}

void Outbox::send(protocol::Exception exception, TimePoint now) {
  if (!may_send(now)) return keep(std::move(exception), now);
  if (now >= second_ + std::chrono::seconds(1)) {
    second_ = now;
    exceptions_this_second_ = 0;
  }
  if (++exceptions_this_second_ > kMaxExceptionsPerSecond) return log_dropped(exception, 1, now);
  put(std::move(exception));
}

void Outbox::keep(protocol::Exception exception, TimePoint now) {
  const auto known = exceptions_.find({exception.msg, exception.traceback});
  if (known != exceptions_.end()) {
    ++known->second;
  } else if (exceptions_.size() < kMaxExceptions) {
    exceptions_.emplace(ExceptionKey{std::move(exception.msg), std::move(exception.traceback)}, 1);
  } else {
    log_dropped(exception, 1, now);
  }
}

void Outbox::log_dropped(const protocol::Exception& last, std::uint64_t count, TimePoint now) {
  if (const auto dropped = dropped_exceptions_.allow(now, count)) {
    actions_.warning(
        fmt::format("Too many exceptions in user code: {} were not sent to the master (last: {})",
                    *dropped, text::quote_for_log(last.msg)));
  }
}

void Outbox::put(protocol::WorkerMessage message) {
  if (const auto heartbeat = link_.proved_by()) {
    while (!in_doubt_.empty() && in_doubt_.front().first <= link_.proved()) in_doubt_.pop_front();
    if (in_doubt_.empty() || in_doubt_.back().first != *heartbeat) {
      in_doubt_.emplace_back(*heartbeat, 0);
    }
    ++in_doubt_.back().second;
  }
  actions_.add(Send{std::move(message)});
}

void Outbox::not_sent(const protocol::WorkerMessage& message, TimePoint now) {
  const auto* custom = std::get_if<protocol::Custom>(&message);
  const auto* exception = std::get_if<protocol::Exception>(&message);
  if (custom == nullptr && exception == nullptr) return;
  retry_at_ = now + kResendInterval;
  CHECK(in_doubt_.empty() || in_doubt_.back().second > 0);
  if (!in_doubt_.empty() && --in_doubt_.back().second == 0) in_doubt_.pop_back();
  if (custom != nullptr) keep(*custom, now);
  if (exception != nullptr) keep(*exception, now);
}

void Outbox::connection_broke() {
  std::uint64_t count = 0;
  for (const auto& [heartbeat, messages] : in_doubt_) {
    if (heartbeat > link_.proved()) count += messages;
  }
  in_doubt_.clear();
  if (count > 0) {
    actions_.warning(fmt::format(
        "{} messages of user code (send_message, exceptions) may be lost: the connection broke "
        "before the master confirmed that it had read them",
        count));
  }
}

TimePoint Outbox::next_wakeup() const {
  const bool waits = !messages_.empty() || !exceptions_.empty();
  return waits && link_.listens() ? retry_at_ : TimePoint::max();
}

void Outbox::on_time(TimePoint now) {
  if (!may_send(now)) return;
  for (auto& [key, times] : std::exchange(exceptions_, {})) {
    const protocol::Exception exception{key.first, key.second};
    const std::uint64_t some = std::min(times, kMaxExceptionsPerSecond);
    for (std::uint64_t i = 0; i < some; ++i) send(exception, now);
    if (times > some) log_dropped(exception, times - some, now);
  }
  for (protocol::Custom& message : std::exchange(messages_, {})) put(std::move(message));
}

}  // namespace cppworker::runner
