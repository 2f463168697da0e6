#include "runner/link.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace cppworker::runner {
namespace {

using namespace std::chrono_literals;

constexpr auto kHeartbeatInterval = 1s;
constexpr auto kRetryInterval = 5s;
/// A peer that is connected but says nothing may be a master <= 2.9, which acknowledges nothing
/// until it sends a spawn: after the first tries it is not pestered with new sockets.
constexpr auto kPatientRetryInterval = 30s;
constexpr int kImpatientTries = 6;
constexpr auto kAskInterval = 30s;
constexpr auto kSilence = 60s;
constexpr std::uint64_t kUnansweredMeansNewMaster = 3;
/// As long as the master may hold the old connection for alive it ignores a new one with the same
/// identity (transport/master_link.cpp: TTL 3 s): silence on that one says nothing.
constexpr auto kOldConnectionLingers = 4s;

/// Messages that a master sends only to workers on its list.
bool shows_membership(const protocol::MasterMessage& message) {
  return !std::holds_alternative<protocol::Quit>(message) &&
         !std::holds_alternative<protocol::Reconnect>(message);
}

}  // namespace

Link::Link(const WorkerOptions& options, ActionList& actions)
    : options_(options), actions_(actions) {}

void Link::start(TimePoint now) {
  started_ = now;
  down_at_ = now;
  last_sign_ = now;
  ask_at_ = now + kRetryInterval;
  open(now);
}

void Link::open(TimePoint now) {
  connection_down(now);
  retry_at_ = now + kRetryInterval;
  actions_.add(Reconnect{});
}

LinkNews Link::connection_up(bool idle, TimePoint now) {
  if (connected_) connection_down(now);
  connected_ = true;
  up_at_ = now;
  heartbeat_at_ = now;
  trouble_.clear();
  if (membership_ == Membership::kInDoubt && !heartbeats_.master_answers()) {
    if (!idle) {
      membership_ = Membership::kMember;
      certain_ = false;
      last_sign_ = now;
      actions_.info("The connection to the master is back");
      return LinkNews::kBack;
    }
    membership_ = Membership::kStranger;
    may_join_ = true;
  }
  if (membership_ == Membership::kStranger && may_join_) introduce(now);
  return LinkNews::kNone;
}

void Link::connection_down(TimePoint now) {
  if (!connected_) return;
  connected_ = false;
  introduced_ = false;
  on_old_connection_ = false;
  down_at_ = now;
  retry_at_ = now + kRetryInterval;
  heartbeats_.connection_lost();
  if (membership_ == Membership::kMember) {
    membership_ = Membership::kInDoubt;
    ask_at_ = now + kRetryInterval;
    if (!heartbeats_.master_answers()) last_sign_ = now;
  }
}

void Link::introduce(TimePoint now) {
  introduced_ = true;
  first_answerable_ = heartbeats_.next();
  if (heartbeats_.sent_on_this_connection() == 0) {
    heartbeat_at_ = now + kHeartbeatInterval;  // a master of today acknowledges before that
  }
  ++tries_;
  const bool patient = on_old_connection_ || tries_ > kImpatientTries;
  retry_at_ = now + (patient ? kPatientRetryInterval : kRetryInterval);
  actions_.add(Send{protocol::ClientReady{}});
}

LinkNews Link::received(const protocol::MasterMessage& message, TimePoint now) {
  if (const auto* ack = std::get_if<protocol::Ack>(&message); ack && ack->index) {
    actions_.add(SetWorkerIndex{*ack->index});
  }
  if (!connected_ || !shows_membership(message)) return LinkNews::kNone;

  std::optional<std::uint64_t> proved;
  if (std::holds_alternative<protocol::HeartbeatAnswer>(message)) {
    proved = heartbeats_.answered();
    if (!proved) {
      actions_.debug("The master answered a heartbeat that it was not sent");
      return LinkNews::kNone;
    }
    // After a break, an answer on the new connection says nothing of what the old one carried.
    if (membership_ != Membership::kInDoubt) actions_.add(HeartbeatProved{*proved});
    actions_.add(FireHeartbeatReceived{});
  }
  last_sign_ = now;
  silence_told_ = false;
  switch (membership_) {
    case Membership::kMember:
      certain_ = true;
      return LinkNews::kNone;
    case Membership::kInDoubt:
      return accept(now);
    case Membership::kStranger:
      // What was on its way when we introduced ourselves does not answer that.
      if (!introduced_ || (proved && *proved < first_answerable_)) return LinkNews::kNone;
      return accept(now);
  }
  return LinkNews::kNone;
}

LinkNews Link::accept(TimePoint now) {
  const bool back = membership_ == Membership::kInDoubt;
  const bool again = on_old_connection_;
  membership_ = Membership::kMember;
  certain_ = true;
  ever_accepted_ = true;
  second_look_ = false;
  tries_ = 0;
  if (heartbeats_.sent_on_this_connection() == 0) heartbeat_at_ = now;
  if (back) {
    actions_.info("The connection to the master is back");
    return LinkNews::kBack;
  }
  if (again) return LinkNews::kAcceptedAgain;
  actions_.info(fmt::format("Connected to the master at {}", options_.master_address));
  return LinkNews::kAccepted;
}

LinkNews Link::on_time(protocol::WorkerState state, TimePoint now) {
  if (const auto limit = gives_up_at(); limit && now >= *limit) {
    gave_up_ = true;
    actions_.error(fmt::format(
        "No Locust master answered at {} within {} s (--connect-timeout){}: giving up. Is "
        "'locust --master' running there, and are --master-host and --master-port right?",
        options_.master_address, options_.connect_timeout->count(),
        trouble_.empty() ? "" : "; last: " + trouble_));
    return LinkNews::kGaveUp;
  }
  if (waiting_for_acceptance() && now >= ask_at_) ask_reader_to_check(now);
  if (connected_ && now >= heartbeat_at_) {
    if (const LinkNews news = heartbeat(state, now); news != LinkNews::kNone) return news;
  }
  if (const auto limit = silent_at(); limit && now >= *limit) {
    silence_told_ = true;
    return LinkNews::kSilent;
  }
  if (waiting_for_acceptance() && now >= retry_at_) open(now);
  return LinkNews::kNone;
}

LinkNews Link::heartbeat(protocol::WorkerState state, TimePoint now) {
  heartbeat_at_ += kHeartbeatInterval;
  if (heartbeat_at_ <= now) heartbeat_at_ = now + kHeartbeatInterval;
  if (membership_ == Membership::kInDoubt &&
      heartbeats_.unanswered() >= kUnansweredMeansNewMaster) {
    if (!second_look_ && up_at_ < down_at_ + kOldConnectionLingers) {
      second_look_ = true;
      open(now);
      return LinkNews::kNone;
    }
    return LinkNews::kNewMaster;
  }
  heartbeats_.sent(membership_ != Membership::kStranger || introduced_);
  actions_.add(Send{protocol::Heartbeat{state, usage_.cpu_percent, usage_.memory_bytes}});
  return LinkNews::kNone;
}

void Link::reconnect(TimePoint now) {
  actions_.warning("Received reconnect message from master. Resetting RPC connection.");
  open(now);
}

void Link::leave() {
  membership_ = Membership::kStranger;
  may_join_ = false;
  introduced_ = false;
  on_old_connection_ = connected_;
}

void Link::join(Socket socket, TimePoint now) {
  membership_ = Membership::kStranger;
  may_join_ = true;
  introduced_ = false;
  second_look_ = false;
  ask_at_ = now + kRetryInterval;
  if (socket == Socket::kFresh) {
    heartbeats_.new_master();
    open(now);
  } else if (connected_) {
    introduce(now);
  }
}

bool Link::waiting_for_acceptance() const {
  switch (membership_) {
    case Membership::kMember:
      return false;
    case Membership::kInDoubt:
      return !connected_;  // otherwise heartbeats find out who is there
    case Membership::kStranger:
      return may_join_;
  }
  return false;
}

void Link::ask_reader_to_check(TimePoint now) {
  ask_at_ = now + kAskInterval;
  const std::string& address = options_.master_address;
  if (membership_ == Membership::kInDoubt) {
    actions_.warning(fmt::format("No connection to the master at {}{}; still trying", address,
                                 trouble_.empty() ? "" : " (" + trouble_ + ")"));
  } else if (connected_) {
    actions_.warning(fmt::format(
        "{} accepts connections but does not answer as a Locust master would. Is it the "
        "port that 'locust --master' listens on for workers (--master-bind-port, "
        "default 5557; not the web UI's port)? Still trying",
        address));
  } else {
    actions_.warning(
        fmt::format("No Locust master at {} yet{}. Is 'locust --master' running there, and are "
                    "--master-host and --master-port right? Still trying",
                    address, trouble_.empty() ? "" : " (" + trouble_ + ")"));
  }
}

std::optional<std::uint64_t> Link::proved_by() const {
  if (!heartbeats_.master_answers()) return std::nullopt;
  return heartbeats_.next();
}

std::optional<TimePoint> Link::gives_up_at() const {
  if (ever_accepted_ || gave_up_ || !options_.connect_timeout) return std::nullopt;
  return started_ + *options_.connect_timeout;
}

std::optional<TimePoint> Link::silent_at() const {
  if (membership_ == Membership::kStranger || silence_told_) return std::nullopt;
  if (connected_ && !heartbeats_.master_answers()) return std::nullopt;
  return last_sign_ + kSilence;
}

TimePoint Link::next_wakeup() const {
  TimePoint next = TimePoint::max();
  if (const auto limit = gives_up_at()) next = std::min(next, *limit);
  if (const auto limit = silent_at()) next = std::min(next, *limit);
  if (connected_) next = std::min(next, heartbeat_at_);
  if (waiting_for_acceptance()) {
    next = std::min({next, ask_at_, retry_at_});
  }
  return next;
}

}  // namespace cppworker::runner
