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

/// A change of the link to the master, for the part of the runner that runs users.
enum class LinkEvent {
  kNone,
  kAccepted,       ///< by a master where this worker was not registered
  kAcceptedAgain,  ///< by the same master, after client_stopped
  kTakenBack,    ///< by the same master, on a connection that never broke: it has read all messages
  kStillMember,  ///< this worker was paused, and the master has not removed it
  kBack,         ///< the same master, after a broken connection
  kNewMaster,    ///< this worker is not registered with the master at the address
  kForgotten,    ///< this worker was paused, and the same master has removed it
  kSilent,       ///< no answer for 60 s
  kGaveUp,       ///< --connect-timeout
};

/// The worker's membership of its master's cluster: connects, sends `client_ready`, waits for the
/// master to accept the worker, sends heartbeats, and detects that the master is lost. The reasons
/// for its decisions are in docs/PROTOCOL.md, "Interrupted and broken connections".
class Link {
 public:
  Link(const WorkerOptions& options, ActionList& actions);

  void start(TimePoint now);

  /// @param idle there are no users here: another `client_ready` is harmless.
  LinkEvent connection_up(bool idle, TimePoint now);
  void connection_down(TimePoint now);
  void connection_trouble(const ConnectionTrouble& trouble);
  void heartbeat_not_sent() { heartbeats_.not_sent(); }

  /// Uses a message only for what it shows about the membership.
  LinkEvent received(const protocol::MasterMessage& message, TimePoint now);
  /// Sends the messages that are due (heartbeats, another `client_ready`).
  /// @param idle there are no users here.
  LinkEvent on_time(protocol::WorkerState state, bool idle, TimePoint now);
  void measured(const UsageMeasured& usage) { usage_ = usage; }
  /// Call this before an event is handled. After a pause of this worker, it sends a heartbeat as
  /// the first message: a stock master adds a worker that was missing back to its dispatcher only
  /// if a heartbeat arrives before `spawning` and `spawning_complete`.
  void catch_up(protocol::WorkerState state, TimePoint now);

  /// The master asked for a new socket.
  void reconnect(TimePoint now);
  /// `client_stopped` was sent: the master removes this worker from its list.
  void leave();
  /// The master counts as lost: this worker sends only heartbeats until join().
  void lose();
  /// Sends `client_ready`. If the connection never broke since the master accepted this worker, at
  /// once; otherwise on a new socket, as soon as it is connected.
  void join(TimePoint now);
  /// Sends `client_ready` as a registered worker, so that the master sends its orders again.
  void ask_for_orders() { actions_.add(Send{protocol::ClientReady{}}); }

  /// This worker is connected to a master and registered with it.
  [[nodiscard]] bool accepted() const { return connected_ && membership_ == Membership::kMember; }
  /// accepted(), and the master has shown a sign of life within the last seconds. Otherwise
  /// messages are held back, so that they are not in doubt if the connection breaks.
  [[nodiscard]] bool listens() const { return accepted() && !quiet_ && !answer_due_; }
  /// Orders that arrive now must wait for the answer to a heartbeat or to `client_ready`. They may
  /// be older than the master's silence or this worker's pause, and the master may have removed
  /// this worker. A stock master makes an unregistered worker quit if it sends `spawning`.
  [[nodiscard]] bool orders_wait() const { return answer_due_.has_value() || awaits_ack(); }
  /// accepted(), and it is certain that the master has this worker registered. False after the
  /// connection to a master <= 2.12 broke: such a master does not answer heartbeats, so it may be
  /// another one, and it stops reading after an unexpected `spawning_complete` or
  /// `client_stopped`.
  [[nodiscard]] bool certain() const { return accepted() && certain_; }
  /// The number of the heartbeat whose answer proves that the master has read a message that is
  /// sent now; none if this master answers no heartbeats (<= 2.12). Heartbeats are numbered from 1
  /// over all connections.
  [[nodiscard]] std::optional<std::uint64_t> proved_by() const;
  /// The last heartbeat whose answer proved that the master has read all messages before it.
  [[nodiscard]] std::uint64_t proved() const { return proved_; }
  /// The time of the last message that showed that the master was alive.
  [[nodiscard]] TimePoint last_sign_of_life() const { return last_sign_; }
  /// The master was alive at this time or later: the time at which the last answered heartbeat was
  /// sent. A message that arrives now may have waited in the network or in the socket since then.
  [[nodiscard]] TimePoint proved_alive() const { return proved_alive_; }
  /// Which master accepted this worker, if it is not the first one. Valid after kAccepted.
  enum class Acceptor {
    kOther,  ///< another process: the last message of the old one is less than a minute old, too
             ///< recent for it to have removed this worker
    kRestarted,  ///< probably another process: the address refused connections in between, or
                 ///< the name has another address
    kUnknown,    ///< perhaps the old one, which removes a worker after a minute without a heartbeat
  };
  [[nodiscard]] Acceptor acceptor() const { return acceptor_; }
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  enum class Membership { kUnregistered, kMember, kUnconfirmed };

  void open(TimePoint now);
  void introduce(TimePoint now);
  LinkEvent accept(bool recent, TimePoint now);
  LinkEvent heartbeat(protocol::WorkerState state, bool idle, TimePoint now);
  void send_heartbeat(protocol::WorkerState state, TimePoint now);
  void ask_reader_to_check(TimePoint now);
  void check_address(TimePoint now);
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
  bool may_join_ = true;      // if unregistered: may send client_ready
  bool introduced_ = false;   // client_ready was sent on this connection
  bool never_broke_ = false;  // the connection on which the master accepted this worker
  bool lost_ = false;         // lose() was called, and no master has accepted this worker since
  bool answered_old_heartbeat_ = false;  // one that was sent before client_ready on this connection
  bool certain_ = false;
  bool ever_accepted_ = false;
  bool gave_up_ = false;
  bool process_ended_ = false;  // since the master was lost; see ConnectionTrouble
  bool second_look_ = false;
  bool silence_reported_ = false;
  bool quiet_ = false;
  Acceptor acceptor_ = Acceptor::kUnknown;
  std::uint64_t proved_ = 0;             // see proved()
  std::uint64_t first_answerable_ = 0;   // the first heartbeat after client_ready
  std::uint64_t after_pause_ = 0;        // the first heartbeat after a long pause of this worker
  std::optional<TimePoint> answer_due_;  // for the answer to that heartbeat
  int tries_ = 0;

  TimePoint started_{};
  TimePoint up_at_{};
  TimePoint last_sign_{};     // the last sign of life of the master
  TimePoint proved_alive_{};  // see proved_alive()
  TimePoint silence_from_{};  // the later of last_sign_ and the end of a pause of this worker
  TimePoint retry_at_{};
  TimePoint heartbeat_at_{};
  TimePoint ask_at_{};
  TimePoint check_address_at_{};
  std::string trouble_;
};

}  // namespace cppworker::runner
