#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace cppworker::runner {

/// Numbers heartbeats and matches the master's answers to them: answers come in order, but a
/// heartbeat that reaches a master which does not know this worker is never answered.
class Heartbeats {
 public:
  /// The number the next heartbeat will have.
  [[nodiscard]] std::uint64_t next() const { return last_ + 1; }

  /// @param answerable whether a master that reads it, in order, will know this worker.
  void sent(bool answerable);
  /// The last one sent did not leave.
  void not_sent();
  /// The number of the heartbeat that this answer belongs to; none if no answer is due.
  std::optional<std::uint64_t> answered();
  /// The master has read everything up to (not including) this number on this connection: what it
  /// has not answered by now it never will.
  void settle_before(std::uint64_t number);

  /// Answers to what was sent so far will not come: the connection is gone.
  void connection_lost();

  [[nodiscard]] std::uint64_t sent_on_this_connection() const { return sent_here_; }
  /// Answerable ones since the last answer on this connection.
  [[nodiscard]] std::uint64_t unanswered() const { return waiting_.size(); }
  /// Masters <= 2.12 never answer: nothing can be concluded from their silence.
  [[nodiscard]] bool master_answers() const { return master_answers_; }
  /// Some master of this worker has answered one.
  [[nodiscard]] bool ever_answered() const { return ever_answered_; }
  /// Another master may be of another version.
  void new_master() { master_answers_ = false; }

 private:
  /// A bound for old masters, which never answer. Newer ones are not remembered beyond it, so that
  /// an answer is never taken for the answer to a later heartbeat.
  static constexpr std::size_t kMaxWaiting = 1000;

  std::uint64_t last_ = 0;
  std::uint64_t sent_here_ = 0;
  std::deque<std::uint64_t> waiting_;
  bool last_is_waiting_ = false;
  bool master_answers_ = false;
  bool ever_answered_ = false;
};

}  // namespace cppworker::runner
