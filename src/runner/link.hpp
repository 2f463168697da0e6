#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runner/action_list.hpp"
#include "runner/heartbeats.hpp"
#include "runner/rate_limit.hpp"
#include "runner/worker_runner.hpp"

namespace cppworker::runner {

/// What changed on the link to the master, for the side that runs users.
enum class LinkEvent {
  kNone,
  kAccepted,       ///< by a master that did not know this worker
  kAcceptedAgain,  ///< by the same master, after client_stopped
  kTakenBack,      ///< by the same master, on a connection that never broke: it has read everything
  kStillMember,    ///< this worker was paused, and the master has not removed it
  kBack,           ///< the same master, after a broken connection
  kNewMaster,      ///< the master at the address does not know this worker
  kForgotten,      ///< the same master has removed this worker, which stood still
  kSilent,         ///< no answer for 60 s
  kGaveUp,         ///< --connect-timeout
};

/// The worker's membership of its master's cluster: connecting, introducing itself
/// (`client_ready`), being accepted, heartbeats, noticing that the master is lost. The reasons for
/// its decisions are in docs/PROTOCOL.md, "Interrupted and broken connections".
class Link {
 public:
  Link(const WorkerOptions& options, ActionList& actions);

  void start(TimePoint now);

  /// @param idle no users here: introducing itself again would do no harm.
  LinkEvent connection_up(bool idle, TimePoint now);
  void connection_down(TimePoint now);
  void connection_trouble(const ConnectionTrouble& trouble);
  void heartbeat_not_sent() { heartbeats_.not_sent(); }

  /// Looks at a message only for what it says about the membership.
  LinkEvent received(const protocol::MasterMessage& message, TimePoint now);
  /// Sends what is due (heartbeats, another try).
  /// @param idle no users here, or none any more.
  LinkEvent on_time(protocol::WorkerState state, bool idle, TimePoint now);
  void measured(const UsageMeasured& usage) { usage_ = usage; }
  /// Before anything else is done with an event: after this worker stood still, a heartbeat is the
  /// first message. A stock master takes a worker that it had missed back into its dispatcher only
  /// if a heartbeat comes before `spawning` and `spawning_complete`.
  void catch_up(protocol::WorkerState state, TimePoint now);

  /// The master asked for a fresh socket.
  void reconnect(TimePoint now);
  /// `client_stopped` was sent: the master removes this worker from its list.
  void leave();
  /// The master counts as lost: this worker says nothing but heartbeats until join().
  void lose();
  /// Sends `client_ready`: at once on a connection that never broke since the master accepted this
  /// worker, else on a fresh socket as soon as it is connected.
  void join(TimePoint now);
  /// Sends `client_ready` as a member, to make the master send its orders again.
  void ask_for_orders() { actions_.add(Send{protocol::ClientReady{}}); }

  /// A master that knows this worker is connected.
  [[nodiscard]] bool accepted() const { return connected_ && membership_ == Membership::kMember; }
  /// ... and has shown a sign of life within the last seconds: it is worth sending to. What is held
  /// back meanwhile is not in doubt if the connection breaks.
  [[nodiscard]] bool listens() const { return accepted() && !quiet_ && !answer_due_; }
  /// Orders that arrive now may be older than the master's silence or this worker's pause, and the
  /// master may have removed this worker: they have to wait for the answer to a heartbeat or to
  /// client_ready. A stock master makes an unknown worker that sends `spawning` quit.
  [[nodiscard]] bool orders_wait() const { return answer_due_.has_value() || awaits_ack(); }
  /// False after the connection to a master <= 2.12 broke: it can't be asked whether it is the same
  /// one, and a `spawning_complete` or `client_stopped` that it does not expect would deafen it.
  [[nodiscard]] bool certain() const { return accepted() && certain_; }
  /// The heartbeat whose answer proves that what is sent now was read; none when this master
  /// answers no heartbeats (<= 2.12). Heartbeats are numbered from 1 over all connections.
  [[nodiscard]] std::optional<std::uint64_t> proved_by() const;
  /// The last heartbeat whose answer proved that everything sent before it was read.
  [[nodiscard]] std::uint64_t proved() const { return proved_; }
  /// When the master last showed that it was there.
  [[nodiscard]] TimePoint last_sign_of_life() const { return last_sign_; }
  /// After kAccepted by a master that is not the first one: which one it may be.
  enum class Acceptor {
    kOther,  ///< another process: the one before was heard less than a minute ago, too little time
             ///< for it to remove this worker
    kRestarted,  ///< probably another process: the address refused connections meanwhile
    kUnknown,  ///< perhaps the one before, which removes a worker after a minute without heartbeat
  };
  [[nodiscard]] Acceptor acceptor() const { return acceptor_; }
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  enum class Membership { kUnregistered, kMember, kUnconfirmed };

  void open(TimePoint now);
  void introduce(TimePoint now);
  LinkEvent accept(bool recent, TimePoint now);
  LinkEvent heartbeat(protocol::WorkerState state, bool idle, TimePoint now);
  void send_heartbeat(protocol::WorkerState state);
  void ask_reader_to_check(TimePoint now);
  [[nodiscard]] bool wants_to_introduce() const;
  [[nodiscard]] bool awaits_ack() const;
  [[nodiscard]] bool waiting_for_acceptance() const;
  [[nodiscard]] std::optional<TimePoint> gives_up_at() const;
  [[nodiscard]] std::optional<TimePoint> silent_at() const;

  const WorkerOptions& options_;
  ActionList& actions_;
  Heartbeats heartbeats_;
  UsageMeasured usage_;

  Membership membership_ = Membership::kUnregistered;
  bool connected_ = false;
  bool may_join_ = true;      // a stranger that wants to be a member
  bool introduced_ = false;   // client_ready went out on this connection
  bool never_broke_ = false;  // this connection, since the master accepted this worker on it
  bool lost_ = false;         // lose() was called, and no master has accepted this worker since
  bool answered_old_heartbeat_ = false;  // on this connection: one from before client_ready
  bool certain_ = false;
  bool ever_accepted_ = false;
  bool gave_up_ = false;
  bool refused_ = false;  // since the master was lost, its address accepted no connection
  bool second_look_ = false;
  bool silence_reported_ = false;
  bool quiet_ = false;
  Acceptor acceptor_ = Acceptor::kUnknown;
  std::uint64_t proved_ = 0;             // see proved()
  std::uint64_t first_answerable_ = 0;   // heartbeats before it say nothing about our client_ready
  std::uint64_t after_pause_ = 0;        // the first heartbeat after this worker stood still
  std::optional<TimePoint> answer_due_;  // of that one
  int tries_ = 0;

  TimePoint started_{};
  TimePoint up_at_{};
  TimePoint last_sign_{};     // of the master's
  TimePoint silence_from_{};  // the same, or when this worker went on after it had stood still
  TimePoint retry_at_{};
  TimePoint heartbeat_at_{};
  TimePoint ask_at_{};
  std::string trouble_;
};

}  // namespace cppworker::runner
