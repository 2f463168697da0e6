#include "runner/link.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/check.hpp"

namespace cppworker::runner {
namespace {

using namespace std::chrono_literals;

constexpr auto kHeartbeatInterval = 1s;
constexpr auto kRetryInterval = 5s;
/// A connected peer that sends nothing may be a master <= 2.9, which does not acknowledge
/// client_ready: its first message is a spawn. So after the first tries new sockets are less
/// frequent.
constexpr auto kPatientRetryInterval = 30s;
constexpr int kImpatientTries = 6;
/// How long client_ready waits for an answer on a connection that never broke. TCP still delivers
/// the messages in flight on it; a new socket would lose them.
constexpr auto kRetryOnLiveConnection = 60s;
constexpr auto kAskInterval = 30s;
/// Locust's MASTER_HEARTBEAT_TIMEOUT and -HEARTBEAT_DEAD_INTERNAL: after this time without a
/// message the worker considers the master lost, and the master removes the worker.
constexpr auto kSilence = 60s;
/// A worker whose heartbeat is this late was paused. The master's silence during the pause has no
/// meaning.
constexpr auto kPause = 3s;
/// After a pause of this length the master may have removed the worker. A little less than
/// kSilence.
constexpr auto kLongPause = 55s;
/// How long the worker waits for an answer after such a pause. Without one it is not registered any
/// more.
constexpr auto kAnswerAfterPause = 3s;
/// A connection on which the master is silent for this long may lead to a machine that has gone,
/// while the master's name has another address already. It is looked up this often. As for
/// kFirstLook, a busy master may answer late.
constexpr auto kCheckAddressInterval = 20s;
/// Without an answer for this long, the worker holds back statistics and messages. Otherwise they
/// would be in doubt if the connection broke.
constexpr auto kQuiet = 5s;

constexpr std::uint64_t kUnansweredMeansNewMaster = 3;
/// Heartbeats that are unanswered for this long on the connection after a broken one mean another
/// master. The time is this long because a busy master may answer late. A refused connection shows
/// earlier that the old process has ended.
constexpr auto kFirstLook = 20s;
/// The second look uses another new connection. A master whose old connection has not timed out
/// ignores a new one with the same identity.
constexpr auto kSecondLook = 10s;

/// Whether a master sends this message only to registered workers.
bool shows_membership(const protocol::MasterMessage& message) {
  return !std::holds_alternative<protocol::Quit>(message) &&
         !std::holds_alternative<protocol::Reconnect>(message);
}

}  // namespace

Link::Link(const WorkerOptions& options, ActionList& actions)
    : options_(options), actions_(actions) {}

void Link::start(TimePoint now) {
  started_ = now;
  last_sign_ = proved_alive_ = silence_from_ = now;
  ask_at_ = now + kRetryInterval;
  open(now);
}

void Link::open(TimePoint now) {
  CHECK(!gave_up_);
  connection_down(now);
  retry_at_ = now + kRetryInterval;
  actions_.add(Reconnect{});
}

LinkEvent Link::connection_up(bool idle, TimePoint now) {
  if (connected_) connection_down(now);
  connected_ = true;
  up_at_ = now;
  heartbeat_at_ = now;
  trouble_.clear();
  if (membership_ != Membership::kUnconfirmed || heartbeats_.master_answers()) {
    return LinkEvent::kNone;
  }
  if (idle) {
    membership_ = Membership::kUnregistered;
    may_join_ = true;
    heartbeats_.new_master();
  } else if (heartbeats_.master_never_answers()) {
    membership_ = Membership::kMember;
    certain_ = false;
    last_sign_ = proved_alive_ = silence_from_ = now;
    actions_.info("The connection to the master is back");
    return LinkEvent::kBack;
  }
  return LinkEvent::kNone;
}

void Link::connection_down(TimePoint now) {
  if (!connected_) return;
  connected_ = false;
  introduced_ = false;
  never_broke_ = false;
  answered_old_heartbeat_ = false;
  quiet_ = false;
  answer_due_.reset();
  retry_at_ = now + kRetryInterval;
  heartbeats_.connection_lost(membership_ == Membership::kMember);
  if (membership_ == Membership::kMember) {
    membership_ = Membership::kUnconfirmed;
    process_ended_ = false;
    ask_at_ = now + kRetryInterval;
    if (!heartbeats_.master_answers()) last_sign_ = proved_alive_ = silence_from_ = now;
  }
}

void Link::connection_trouble(const ConnectionTrouble& trouble) {
  trouble_ = trouble.text;
  if (trouble.process_ended) process_ended_ = true;
}

/// This worker has sent client_ready to a lost master on the connection that never broke, and the
/// master has not acknowledged it.
bool Link::awaits_ack() const {
  return connected_ && membership_ == Membership::kUnregistered && introduced_ && lost_ &&
         never_broke_ && heartbeats_.master_answers();
}

bool Link::wants_to_introduce() const {
  return connected_ && membership_ == Membership::kUnregistered && may_join_ && !introduced_;
}

void Link::introduce(TimePoint now) {
  CHECK(connected_ && membership_ == Membership::kUnregistered && !introduced_);
  introduced_ = true;
  first_answerable_ = heartbeats_.next();
  if (heartbeats_.sent_on_this_connection() == 0) {
    heartbeat_at_ = now + kHeartbeatInterval;  // a current master acknowledges before that
  }
  ++tries_;
  retry_at_ = now + (never_broke_               ? kRetryOnLiveConnection
                     : tries_ > kImpatientTries ? kPatientRetryInterval
                                                : kRetryInterval);
  actions_.add(Send{protocol::ClientReady{}});
}

LinkEvent Link::received(const protocol::MasterMessage& message, TimePoint now) {
  if (const auto* ack = std::get_if<protocol::Ack>(&message); ack && ack->index) {
    actions_.add(SetWorkerIndex{*ack->index});
  }
  if (!connected_ || !shows_membership(message)) return LinkEvent::kNone;

  std::optional<std::uint64_t> answered;
  if (std::holds_alternative<protocol::HeartbeatAnswer>(message)) {
    answered = heartbeats_.answered();
    if (!answered) {
      actions_.debug("The master answered a heartbeat that this worker had not sent");
      return LinkEvent::kNone;
    }
    // After a break, an answer on the new connection does not prove what the old one delivered.
    if (never_broke_) proved_ = *answered;
    actions_.add(FireHeartbeatReceived{});
  }
  const bool recent = now < proved_alive_ + kSilence;
  last_sign_ = silence_from_ = now;
  if (answered) {
    proved_alive_ = std::max(proved_alive_, heartbeats_.answered_sent());
  } else if (!heartbeats_.ever_answered()) {
    proved_alive_ = now;  // a master that answers no heartbeats has no reports in doubt
  }
  silence_reported_ = false;
  quiet_ = false;
  switch (membership_) {
    case Membership::kMember:
      certain_ = true;
      if (answer_due_ && answered && *answered >= after_pause_) {
        answer_due_.reset();
        return LinkEvent::kStillMember;
      }
      return LinkEvent::kNone;
    case Membership::kUnconfirmed:
      return accept(recent, now);
    case Membership::kUnregistered:
      if (!introduced_) return LinkEvent::kNone;
      if (answered && *answered < first_answerable_) {
        // This does not answer client_ready, but only a master with this worker registered answers.
        answered_old_heartbeat_ = !never_broke_;
        return LinkEvent::kNone;
      }
      // The master may have sent a spawn before it fell silent.
      if (awaits_ack() && !answered && !std::holds_alternative<protocol::Ack>(message)) {
        return LinkEvent::kNone;
      }
      return accept(recent, now);
  }
  return LinkEvent::kNone;
}

LinkEvent Link::accept(bool recent, TimePoint now) {
  CHECK(connected_ && membership_ != Membership::kMember);
  const bool was_unconfirmed = membership_ == Membership::kUnconfirmed;
  const bool same_connection = std::exchange(never_broke_, true);
  const bool was_lost = std::exchange(lost_, false);
  const bool answered_old_heartbeat = std::exchange(answered_old_heartbeat_, false);
  acceptor_ = recent           ? Acceptor::kOther
              : process_ended_ ? Acceptor::kRestarted
                               : Acceptor::kUnknown;
  process_ended_ = false;
  membership_ = Membership::kMember;
  certain_ = true;
  second_look_ = false;
  tries_ = 0;
  // The first answer shows that this master answers heartbeats: its silence has a meaning then.
  if (heartbeats_.sent_on_this_connection() == 0 || !heartbeats_.master_answers()) {
    heartbeat_at_ = now;
  }
  if (introduced_) heartbeats_.settle_before(first_answerable_);
  ever_accepted_ = true;
  if (was_unconfirmed || answered_old_heartbeat) {
    actions_.info("The connection to the master is back");
    return LinkEvent::kBack;
  }
  if (same_connection && was_lost) {
    // A master reads messages in order, so it has read all messages before client_ready. A stock
    // master logs that it discards the reports of a removed worker, but its statistics include
    // them.
    proved_ = first_answerable_ - 1;
    actions_.info("The master answers again");
    return LinkEvent::kTakenBack;
  }
  if (same_connection) return LinkEvent::kAcceptedAgain;
  actions_.info(fmt::format("Connected to the master at {}", options_.master_address));
  return LinkEvent::kAccepted;
}

LinkEvent Link::on_time(protocol::WorkerState state, bool idle, TimePoint now) {
  if (const auto limit = gives_up_at(); limit && now >= *limit) {
    gave_up_ = true;
    actions_.error(fmt::format(
        "No Locust master answered at {} within {} s (--connect-timeout){}; giving up. Check that "
        "'locust --master' is running there and that --master-host and --master-port are correct.",
        options_.master_address, options_.connect_timeout->count(),
        trouble_.empty() ? "" : " (last error: " + trouble_ + ")"));
    return LinkEvent::kGaveUp;
  }
  quiet_ = accepted() && heartbeats_.master_answers() && now >= last_sign_ + kQuiet;
  if (waiting_for_acceptance() && now >= ask_at_) ask_reader_to_check(now);
  if (wants_to_introduce()) {
    // If a master answers this heartbeat, the worker was already registered with it.
    if (ever_accepted_ && !never_broke_) {
      heartbeat_at_ = now + kHeartbeatInterval;
      send_heartbeat(state, now);
    }
    introduce(now);
  }
  check_address(now);
  if (connected_ && now >= heartbeat_at_) {
    if (const LinkEvent event = heartbeat(state, idle, now); event != LinkEvent::kNone)
      return event;
  }
  if (answer_due_ && now >= *answer_due_) {
    answer_due_.reset();
    return LinkEvent::kForgotten;
  }
  if (const auto limit = silent_at(); limit && now >= *limit) {
    silence_reported_ = true;
    return LinkEvent::kSilent;
  }
  if (waiting_for_acceptance() && now >= retry_at_) open(now);
  return LinkEvent::kNone;
}

LinkEvent Link::heartbeat(protocol::WorkerState state, bool idle, TimePoint now) {
  heartbeat_at_ += kHeartbeatInterval;
  if (heartbeat_at_ <= now) heartbeat_at_ = now + kHeartbeatInterval;
  if (membership_ == Membership::kUnconfirmed &&
      heartbeats_.unanswered() >= kUnansweredMeansNewMaster) {
    // When idle, client_ready is harmless.
    if (process_ended_ || idle || (second_look_ && now >= up_at_ + kSecondLook))
      return LinkEvent::kNewMaster;
    if (!second_look_ && now >= up_at_ + kFirstLook) {
      second_look_ = true;
      open(now);
      return LinkEvent::kNone;
    }
  }
  send_heartbeat(state, now);
  return LinkEvent::kNone;
}

void Link::catch_up(protocol::WorkerState state, TimePoint now) {
  const Clock::duration late = now - heartbeat_at_;
  if (!accepted() || late < kPause) return;
  silence_from_ = now;
  if (heartbeats_.master_answers() && late >= kLongPause) {
    after_pause_ = heartbeats_.next();
    answer_due_ = now + kAnswerAfterPause;
  }
  heartbeat_at_ = now + kHeartbeatInterval;
  send_heartbeat(state, now);
}

void Link::send_heartbeat(protocol::WorkerState state, TimePoint now) {
  CHECK(connected_);
  heartbeats_.sent(membership_ != Membership::kUnregistered || may_join_ || lost_, now);
  actions_.add(Send{protocol::Heartbeat{state, usage_.cpu_percent, usage_.memory_bytes}});
}

void Link::reconnect(TimePoint now) {
  actions_.warning("Received reconnect message from master. Resetting RPC connection.");
  open(now);
}

void Link::leave() {
  CHECK(membership_ != Membership::kUnregistered || lost_);
  membership_ = Membership::kUnregistered;
  may_join_ = false;
  introduced_ = false;
  answer_due_.reset();
}

void Link::lose() {
  CHECK(ever_accepted_);
  leave();
  lost_ = true;
}

void Link::join(TimePoint now) {
  membership_ = Membership::kUnregistered;
  may_join_ = true;
  introduced_ = false;
  second_look_ = false;
  ask_at_ = now + kRetryInterval;
  if (connected_ && never_broke_) return introduce(now);
  heartbeats_.new_master();
  open(now);
}

bool Link::waiting_for_acceptance() const {
  switch (membership_) {
    case Membership::kMember:
      return false;
    case Membership::kUnconfirmed:
      return !connected_;  // otherwise heartbeats find out which master it is
    case Membership::kUnregistered:
      return may_join_;
  }
  return false;
}

void Link::ask_reader_to_check(TimePoint now) {
  ask_at_ = now + kAskInterval;
  const std::string& address = options_.master_address;
  const std::string why = trouble_.empty() ? "" : " (" + trouble_ + ")";
  if (!connected_ && ever_accepted_) {
    actions_.warning(
        fmt::format("No connection to the master at {}{}; still trying", address, why));
  } else if (ever_accepted_) {
    actions_.warning(fmt::format("The master at {} does not answer; still waiting", address));
  } else if (connected_) {
    actions_.warning(fmt::format(
        "{} accepts connections but does not answer as a Locust master would. Check that it is the "
        "port on which 'locust --master' listens for workers (--master-bind-port, default 5557), "
        "not the port of the web UI. Still trying",
        address));
  } else {
    actions_.warning(fmt::format(
        "No Locust master at {} yet{}. Check that 'locust --master' is running there and "
        "that --master-host and --master-port are correct. Still trying",
        address, why));
  }
}

void Link::check_address(TimePoint now) {
  if (!connected_ || !heartbeats_.master_answers()) return;
  if (now < std::max(silence_from_, check_address_at_) + kCheckAddressInterval) return;
  check_address_at_ = now;
  actions_.add(CheckAddress{});
}

std::optional<std::uint64_t> Link::proved_by() const {
  if (!heartbeats_.ever_answered()) return std::nullopt;
  return heartbeats_.next();
}

std::optional<TimePoint> Link::gives_up_at() const {
  if (ever_accepted_ || gave_up_ || !options_.connect_timeout) return std::nullopt;
  return started_ + *options_.connect_timeout;
}

std::optional<TimePoint> Link::silent_at() const {
  if (membership_ == Membership::kUnregistered || silence_reported_) return std::nullopt;
  if (connected_ && !heartbeats_.master_answers()) return std::nullopt;
  return silence_from_ + kSilence;
}

TimePoint Link::next_wakeup() const {
  TimePoint next = TimePoint::max();
  if (const auto limit = gives_up_at()) next = std::min(next, *limit);
  if (const auto limit = silent_at()) next = std::min(next, *limit);
  if (answer_due_) next = std::min(next, *answer_due_);
  if (connected_) next = std::min(next, heartbeat_at_);
  if (waiting_for_acceptance()) {
    next = std::min({next, ask_at_, retry_at_});
  }
  return next;
}

}  // namespace cppworker::runner
