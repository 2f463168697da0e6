#include "runner/heartbeats.hpp"

#include "base/check.hpp"

namespace cppworker::runner {

void Heartbeats::sent(bool answerable, TimePoint now) {
  ++last_;
  ++sent_here_;
  last_is_waiting_ = answerable && waiting_.size() < kMaxWaiting;
  if (last_is_waiting_) waiting_.push_back({last_, now});
}

void Heartbeats::not_sent() {
  if (last_is_waiting_ && !waiting_.empty()) {
    CHECK(waiting_.back().number == last_);
    waiting_.pop_back();
  }
  last_is_waiting_ = false;
}

std::optional<std::uint64_t> Heartbeats::answered() {
  if (waiting_.empty()) return std::nullopt;
  const auto [number, sent] = waiting_.front();
  waiting_.pop_front();
  CHECK(waiting_.empty() || waiting_.front().number > number);
  answered_sent_ = sent;
  if (waiting_.empty()) last_is_waiting_ = false;
  master_answers_ = ever_answered_ = true;
  master_never_answers_ = false;
  return number;
}

void Heartbeats::settle_before(std::uint64_t number) {
  CHECK(number <= next());
  while (!waiting_.empty() && waiting_.front().number < number) waiting_.pop_front();
  if (waiting_.empty()) last_is_waiting_ = false;
}

void Heartbeats::connection_lost(bool registered) {
  if (registered && !master_answers_ && unanswered() >= kUnansweredByOldMaster) {
    master_never_answers_ = true;
  }
  waiting_.clear();
  sent_here_ = 0;
  last_is_waiting_ = false;
}

}  // namespace cppworker::runner
