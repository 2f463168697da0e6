#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "runner/events.hpp"

namespace cppworker::runner {

/// Numbers heartbeats and matches the master's answers to them. Answers arrive in order. A master
/// never answers the heartbeat of a worker that is not registered with it.
class Heartbeats {
 public:
  /// The number of the next heartbeat.
  [[nodiscard]] std::uint64_t next() const { return last_ + 1; }

  /// @param answerable this worker is registered with the master when the master reads the
  /// heartbeat
  void sent(bool answerable, TimePoint now);
  /// The socket did not accept the last heartbeat.
  void not_sent();
  /// Returns the number of the heartbeat that this answer belongs to; none if no answer is due.
  std::optional<std::uint64_t> answered();
  /// The master has read all heartbeats before this number on this connection. It will not answer
  /// those that it has not answered yet.
  void settle_before(std::uint64_t number);

  /// The connection is lost: no answers to the heartbeats sent so far will arrive.
  /// @param registered the master had this worker registered, as far as is known
  void connection_lost(bool registered);

  [[nodiscard]] std::uint64_t sent_on_this_connection() const { return sent_here_; }
  /// Answerable heartbeats since the last answer on this connection.
  [[nodiscard]] std::uint64_t unanswered() const { return waiting_.size(); }
  /// False for masters <= 2.12, which never answer: their silence has no meaning.
  [[nodiscard]] bool master_answers() const { return master_answers_; }
  /// The connection to this master broke after several heartbeats without any answer: its version
  /// is <= 2.12. With fewer heartbeats that is not known.
  [[nodiscard]] bool master_never_answers() const { return master_never_answers_; }
  /// A master of this worker has answered a heartbeat.
  [[nodiscard]] bool ever_answered() const { return ever_answered_; }
  /// The new master may have another version and may not answer heartbeats.
  void new_master() { master_answers_ = master_never_answers_ = false; }

  /// When the last heartbeat that was answered had been sent: the master was alive after that.
  [[nodiscard]] TimePoint answered_sent() const { return answered_sent_; }

 private:
  struct Waiting {
    std::uint64_t number;
    TimePoint sent;
  };
  /// Limits the queue with old masters, which never answer. When the queue is full, new heartbeats
  /// are not added to it, so an answer never counts as the answer to a later heartbeat.
  static constexpr std::size_t kMaxWaiting = 1000;
  /// A current master answers at once, unless it or the network stands still.
  static constexpr std::size_t kUnansweredByOldMaster = 3;

  std::uint64_t last_ = 0;
  std::uint64_t sent_here_ = 0;
  std::deque<Waiting> waiting_;
  TimePoint answered_sent_{};
  bool last_is_waiting_ = false;
  bool master_answers_ = false;
  bool master_never_answers_ = false;
  bool ever_answered_ = false;
};

}  // namespace cppworker::runner
