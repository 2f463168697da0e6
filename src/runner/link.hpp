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

/// What the link to the master has to say to the side that runs users.
enum class LinkNews {
  kNone,
  kAccepted,       ///< by a master on a connection of its own: it may be another one
  kAcceptedAgain,  ///< by the same master, after a stop
  kBack,           ///< the same master, after a broken connection
  kNewMaster,      ///< who answers there knows nothing of this worker
  kSilent,         ///< no answer for 60 s
  kGaveUp,         ///< --connect-timeout
};

/// The worker's membership of its master's cluster: connecting, introducing itself
/// (`client_ready`), being accepted, heartbeats, noticing that the master is lost.
class Link {
 public:
  Link(const WorkerOptions& options, ActionList& actions);

  void start(TimePoint now);

  /// @param idle no users here: introducing ourselves again would do no harm.
  LinkNews connection_up(bool idle, TimePoint now);
  void connection_down(TimePoint now);
  void connection_trouble(std::string text) { trouble_ = std::move(text); }
  void heartbeat_not_sent() { heartbeats_.not_sent(); }

  /// Looks at a message only for what it says about the membership.
  LinkNews received(const protocol::MasterMessage& message, TimePoint now);
  /// Sends what is due (heartbeats, another try).
  LinkNews on_time(protocol::WorkerState state, TimePoint now);
  void measured(const UsageMeasured& usage) { usage_ = usage; }

  /// The master asked for a fresh socket.
  void reconnect(TimePoint now);
  /// `client_stopped` was sent: the master strikes this worker off its list.
  void leave();
  /// Sends `client_ready`, at once or as soon as there is a connection.
  enum class Socket { kSame, kFresh };
  void join(Socket socket, TimePoint now);

  /// A master that knows this worker reads what we send now.
  [[nodiscard]] bool accepted() const { return connected_ && membership_ == Membership::kMember; }
  /// False after the connection to a master <= 2.12 broke: it can't be asked whether it is the same
  /// one, and a `spawning_complete` or `client_stopped` that it does not expect would deafen it.
  [[nodiscard]] bool certain() const { return accepted() && certain_; }
  /// What proves a report that is sent now; see SendReport.
  [[nodiscard]] std::optional<std::uint64_t> proved_by() const;
  /// When the master last showed that it was there.
  [[nodiscard]] TimePoint last_sign_of_life() const { return last_sign_; }
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  enum class Membership { kStranger, kMember, kInDoubt };

  void open(TimePoint now);
  void introduce(TimePoint now);
  LinkNews accept(TimePoint now);
  LinkNews heartbeat(protocol::WorkerState state, TimePoint now);
  void ask_reader_to_check(TimePoint now);
  [[nodiscard]] bool waiting_for_acceptance() const;
  [[nodiscard]] std::optional<TimePoint> gives_up_at() const;
  [[nodiscard]] std::optional<TimePoint> silent_at() const;

  const WorkerOptions& options_;
  ActionList& actions_;
  Heartbeats heartbeats_;
  UsageMeasured usage_;

  Membership membership_ = Membership::kStranger;
  bool connected_ = false;
  bool may_join_ = true;            // a stranger that wants to be a member
  bool introduced_ = false;         // client_ready went out on this connection
  bool on_old_connection_ = false;  // ... on the connection on which client_stopped went out
  bool certain_ = false;
  bool ever_accepted_ = false;
  bool gave_up_ = false;
  bool second_look_ = false;
  bool silence_told_ = false;
  std::uint64_t first_answerable_ = 0;  // heartbeats before it say nothing about our client_ready
  int tries_ = 0;

  TimePoint started_{};
  TimePoint up_at_{};
  TimePoint down_at_{};
  TimePoint last_sign_{};
  TimePoint retry_at_{};
  TimePoint heartbeat_at_{};
  TimePoint ask_at_{};
  std::string trouble_;
};

}  // namespace cppworker::runner
