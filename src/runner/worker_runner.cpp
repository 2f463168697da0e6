#include "runner/worker_runner.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/single_thread.hpp"
#include "runner/action_list.hpp"
#include "runner/clock_check.hpp"
#include "runner/link.hpp"
#include "runner/log_reports.hpp"
#include "runner/order_check.hpp"
#include "runner/outbox.hpp"
#include "runner/quit.hpp"
#include "runner/rate_limit.hpp"
#include "runner/reports.hpp"
#include "runner/run.hpp"
#include "runner/second_collections.hpp"

namespace cppworker::runner {

/// A spawn that was sent less than this many seconds ago is a current order of the master.
constexpr double kRecentOrder = 5;
/// A message that arrives this long after the master was proved to be alive may be old.
constexpr std::chrono::seconds kMayBeOld{3};
/// A new connection that the master has asked for takes 0.1 s. The last answered heartbeat was sent
/// up to 1 s before.
constexpr std::chrono::milliseconds kNewConnection{1500};

/// Connects the parts: the link to the master, the run, the reports and the shutdown.
struct WorkerRunner::State {
  explicit State(WorkerOptions o) : options(std::move(o)) {}

  WorkerOptions options;
  base::SingleThread thread;  // for assertions
  ActionList actions;
  Link link{options, actions};
  Outbox outbox{link, actions};
  ReportLedger ledger{actions};
  Run run{options, actions, outbox, ledger};
  Reports reports{link, run.shards(), ledger, actions};
  SecondCollections second_collections{options.is_recorded, actions};
  LogReports logs{link, actions};
  Quit quit{run, link, reports, ledger, actions};
  ClockCheck clock_check;
  OrderCheck order_check{link};
  RateLimit out_of_place_messages{std::chrono::seconds(30)};
  bool ramping = false;             // more orders will come until the cluster's spawning_complete
  bool rejoins_when_ended = false;  // the run that is ending has lost its master
  bool lost_master = false;         // no master has accepted this worker since
  bool had_master = false;
  // A master has asked for a new connection, on which it has not answered yet. It sent the request
  // after this time.
  std::optional<TimePoint> reconnects_since;
  // An order may be lost, and this master has not answered a heartbeat yet: only current masters
  // send their orders again.
  bool may_lack_orders = false;
  struct HeldSpawn {
    MessageReceived event;
    bool is_recent = false;
  };
  std::optional<HeldSpawn> held_spawn;  // see Link::orders_wait()
  std::optional<TimePoint> unattended_until;
  TimePoint last_now{};
  bool signalled = false;

  // --- events ---
  void on(const MessageReceived& event, TimePoint now);
  void on(const ConnectionUp&, TimePoint now) {
    on_link_event(link.connection_up(run.idle(), now), now);
  }
  void on(const ConnectionDown&, TimePoint now) { link.connection_down(now); }
  void on(const ConnectionTrouble& event, TimePoint) { link.connection_trouble(event); }
  void on(const MessageNotSent& event, TimePoint now) {
    if (std::holds_alternative<protocol::Heartbeat>(event.message)) link.heartbeat_not_sent();
    if (const auto* report = std::get_if<protocol::StatsReport>(&event.message)) {
      reports.not_sent(*report);
    }
    outbox.not_sent(event.message, now);
  }
  void on(const ShardReached& event, TimePoint);
  void on(const ShardStopped& event, TimePoint);
  void on(const ShardUsersChanged& event, TimePoint) { run.shards().users_changed(event); }
  void on(IncrementsCollected& event, TimePoint now);
  void on(const SystemClockSet& event, TimePoint) {
    ledger.shift_times(event.seconds);
    clock_check.system_clock_set();
  }
  void on(const HookDone& event, TimePoint now);
  void on(const UserError& event, TimePoint now) { outbox.send(event.exception, now); }
  void on(const SendMessage& event, TimePoint now) { outbox.send(event.message, now); }
  void on(const QuitAsked&, TimePoint now);
  void on(const StopAsked&, TimePoint);
  void on(const SignalReceived&, TimePoint now);
  void on(const MasterEnded& event, TimePoint now);
  void on(const Tick&, TimePoint) {}
  void on(const UsageMeasured& event, TimePoint) { link.measured(event); }

  // --- messages from the master ---
  void take(const protocol::Ack&, const MessageReceived&, TimePoint) {}
  void take(const protocol::HeartbeatAnswer&, const MessageReceived&, TimePoint) {}
  void take(const protocol::Spawn& m, const MessageReceived& event, TimePoint now);
  void take(const protocol::Stop& m, const MessageReceived&, TimePoint now);
  void take(const protocol::Quit&, const MessageReceived&, TimePoint now);
  void take(const protocol::Reconnect&, const MessageReceived&, TimePoint now) {
    reconnects_since = link.proved_alive();
    link.reconnect(now);
  }
  void take(const protocol::ClusterSpawningComplete& m, const MessageReceived&, TimePoint);
  void take(const protocol::UpdateUserClass& m, const MessageReceived&, TimePoint) {
    actions.add(UpdateUserClass{m.data});
  }
  void take(const protocol::Custom& m, const MessageReceived&, TimePoint) {
    actions.add(DeliverMessage{m});
  }

  bool out_of_place(const char* type, TimePoint now);
  void carry_out(const protocol::Spawn& m, const MessageReceived& event, TimePoint now);

  /// A master that does not expect `spawning_complete` makes this worker quit.
  [[nodiscard]] bool takes_spawning_complete() const {
    return link.certain() && !link.orders_wait();
  }

  // --- reactions ---
  void on_link_event(LinkEvent event, TimePoint now);
  void accepted(TimePoint now);
  void same_master(bool introduced, TimePoint now);
  void check_orders(bool introduced, TimePoint now);
  std::optional<HeldSpawn> take_held_spawn(TimePoint now);
  void lost(LinkEvent how, TimePoint now);
  void rejoin(TimePoint now);
  void settle(TimePoint now);
  void on_time(TimePoint now);
  [[nodiscard]] TimePoint next_wakeup() const;
};

void WorkerRunner::State::on(const MessageReceived& event, TimePoint now) {
  const LinkEvent link_event = link.received(event.message, now);
  ledger.heartbeat_proved(link.proved());
  on_link_event(link_event, now);
  if (std::holds_alternative<protocol::HeartbeatAnswer>(event.message) && link.certain()) {
    check_orders(false, now);
  }
  if (quit.active() && !std::holds_alternative<protocol::Quit>(event.message)) return;
  std::visit([&](const auto& message) { take(message, event, now); }, event.message);
}

/// A worker must not answer a spawn or stop if it is not registered with the master.
bool WorkerRunner::State::out_of_place(const char* type, TimePoint now) {
  if (link.accepted() || run.stopping()) return false;
  if (const auto seen = out_of_place_messages.allow(now)) {
    actions.warning(fmt::format(
        "Ignored {} message(s) from a master that this worker is not registered with (last: '{}')",
        *seen, type));
  }
  return true;
}

void WorkerRunner::State::take(const protocol::Stop& m, const MessageReceived&, TimePoint now) {
  held_spawn.reset();
  if (out_of_place("stop", now)) return;
  order_check.end();
  run.received(m, now);
}

void WorkerRunner::State::take(const protocol::Spawn& m, const MessageReceived& event,
                               TimePoint now) {
  if (link.orders_wait()) {
    const std::optional<double> age = clock_check.age(m.timestamp, event.unix_now);
    held_spawn = HeldSpawn{event, age && *age < kRecentOrder};
    return;
  }
  if (out_of_place("spawn", now)) return;
  if (now < link.proved_alive() + kMayBeOld) clock_check.learn(m.timestamp, event.unix_now);
  carry_out(m, event, now);
}

void WorkerRunner::State::carry_out(const protocol::Spawn& m, const MessageReceived& event,
                                    TimePoint now) {
  clock_check.on_spawn(m.timestamp, event.unix_now, now, actions);
  order_check.end();
  ramping = true;
  unattended_until.reset();
  logs.on_spawn(m.parsed_options, now);
  reports.on_spawn(m.parsed_options, now);
  run.received(m, now);
}

void WorkerRunner::State::take(const protocol::Quit&, const MessageReceived&, TimePoint now) {
  actions.add(MasterCommand{"quit", {}});
  if (!quit.active()) actions.info("Got quit message from master, shutting down...");
  quit.begin(Quit::Cause::kMaster, now);
}

void WorkerRunner::State::take(const protocol::ClusterSpawningComplete& m, const MessageReceived&,
                               TimePoint) {
  ramping = false;
  if (options.reset_stats) {
    actions.info("Resetting stats");
    ledger.reset();
  }
  actions.add(FireSpawningComplete{m.user_count});
}

void WorkerRunner::State::on(const ShardReached& event, TimePoint) {
  if (quit.active()) {
    (void)run.shards().reached(event);
  } else {
    run.on(event, takes_spawning_complete());
  }
}

void WorkerRunner::State::on(const ShardStopped& event, TimePoint) {
  if (quit.active()) {
    run.shards().stopped(event);
  } else {
    run.on(event);
  }
}

void WorkerRunner::State::on(IncrementsCollected& event, TimePoint now) {
  reports.add(event);
  second_collections.on(event, now);
  if (quit.active() ? quit.on(event) : run.on(event)) {
    reports.leave_to_others(event);
  } else {
    reports.on(event);
  }
}

void WorkerRunner::State::on(const HookDone& event, TimePoint now) {
  if (quit.active()) {
    quit.on(event, now);
  } else {
    run.on(event, now);
  }
}

void WorkerRunner::State::on(const QuitAsked&, TimePoint now) {
  if (!quit.active()) actions.info("The locustfile called runner.quit(): shutting down");
  quit.begin(Quit::Cause::kOther, now);
}

void WorkerRunner::State::on(const StopAsked&, TimePoint) {
  if (!quit.active()) run.stop_by_itself();
}

void WorkerRunner::State::on(const SignalReceived&, TimePoint now) {
  if (std::exchange(signalled, true)) {
    actions.warning("Second signal: exiting immediately");
    quit.exit(1);
    return;
  }
  if (!quit.active()) {
    actions.info(
        "Shutting down: users have stop_timeout to finish; a second signal exits immediately");
  }
  quit.begin(Quit::Cause::kOther, now);
}

void WorkerRunner::State::on(const MasterEnded& event, TimePoint now) {
  if (!quit.active() && !event.text.empty()) actions.error(event.text);
  quit.begin(Quit::Cause::kOther, now);
}

void WorkerRunner::State::on_link_event(LinkEvent event, TimePoint now) {
  switch (event) {
    case LinkEvent::kNone:
      return;
    case LinkEvent::kAccepted:
      accepted(now);
      break;
    case LinkEvent::kAcceptedAgain:
      return;
    case LinkEvent::kBack:
      ledger.drop_unproved();
      outbox.connection_broke();
      same_master(false, now);
      break;
    case LinkEvent::kTakenBack:
      same_master(true, now);
      break;
    case LinkEvent::kStillMember:
      take_held_spawn(now);
      break;
    case LinkEvent::kGaveUp:
      return quit.exit(1);
    case LinkEvent::kNewMaster:
    case LinkEvent::kForgotten:
    case LinkEvent::kSilent:
      return lost(event, now);
  }
  reports.send_soon(now);
}

/// A master has accepted this worker, which was not registered with it. It may be the old master,
/// which removes a worker after a minute without a message.
void WorkerRunner::State::accepted(TimePoint now) {
  run.forget_spawns(false);
  logs.new_master();
  may_lack_orders = false;
  const bool was_lost = std::exchange(lost_master, false);
  const Link::Acceptor acceptor = link.acceptor();
  const bool keeps_running = options.on_master_loss == OnMasterLoss::kKeepRunning;
  if (was_lost && acceptor != Link::Acceptor::kUnknown && !keeps_running) {
    ledger.drop_all();
  } else if (was_lost && acceptor == Link::Acceptor::kOther) {
    ledger.resend_unproved();
  } else if (had_master) {
    ledger.drop_unproved();
  }
  outbox.connection_broke();
  if (was_lost && acceptor == Link::Acceptor::kUnknown) same_master(true, now);
  had_master = true;
}

void WorkerRunner::State::check_orders(bool introduced, TimePoint now) {
  if (!std::exchange(may_lack_orders, false) || run.stopping()) return;
  order_check.begin(introduced, ramping, now);
}

/// @param introduced the master has just acknowledged client_ready.
void WorkerRunner::State::same_master(bool introduced, TimePoint now) {
  lost_master = false;
  unattended_until.reset();
  // Send the statistics of the ended users before the next run clears them.
  if (run.idle()) reports.send();
  // A master that asked for a new connection sends no more orders on the old one. If the new
  // connection takes longer, the master may have sent some in between.
  const auto since = std::exchange(reconnects_since, std::nullopt);
  may_lack_orders = !since || now >= *since + kNewConnection || order_check.interrupted();
  if (link.certain()) check_orders(introduced, now);
  const bool was_ramping = ramping;
  if (const auto held = take_held_spawn(now)) {
    if (!held->is_recent) {  // an old spawn may not be the current order
      ramping = was_ramping;
      order_check.begin(introduced, ramping, now);
    }
  }
}

void WorkerRunner::State::lost(LinkEvent how, TimePoint now) {
  if (quit.active()) return;
  switch (how) {
    case LinkEvent::kNewMaster:
      actions.warning(
          "This worker is no longer registered with the master, which must have been restarted");
      break;
    case LinkEvent::kForgotten:
      actions.warning("This worker was paused for about a minute, and the master has removed it");
      break;
    default:
      actions.error("Didn't get heartbeat from master in over 60s");
  }
  lost_master = true;
  const bool has_users = !run.idle() && !run.stopping();
  switch (options.on_master_loss) {
    case OnMasterLoss::kQuit:
      return quit.begin(Quit::Cause::kOther, now);
    case OnMasterLoss::kKeepRunning:
      if (!has_users) break;
      if (!unattended_until) {
        const TimePoint limit = link.last_sign_of_life() + options.max_unattended;
        unattended_until = run.ends_at() ? std::min(limit, *run.ends_at()) : limit;
      }
      if (how != LinkEvent::kSilent || link.accepted()) {
        link.lose();
        link.join(now);
      }
      return;
    case OnMasterLoss::kRejoin:
      break;
  }
  link.lose();
  rejoins_when_ended = true;
  run.forget_spawns(true);
  if (has_users) actions.info("Stopping the users");
  run.abandon();
}

std::optional<WorkerRunner::State::HeldSpawn> WorkerRunner::State::take_held_spawn(TimePoint now) {
  std::optional<HeldSpawn> held = std::exchange(held_spawn, std::nullopt);
  if (!held || out_of_place("spawn", now)) return std::nullopt;
  carry_out(std::get<protocol::Spawn>(held->event.message), held->event, now);
  return held;
}

/// Makes the decisions that need both the run and the link.
void WorkerRunner::State::settle(TimePoint now) {
  if (run.idle() && rejoins_when_ended) rejoin(now);
  if (run.stage() == Run::Stage::kEnded) {
    if (rejoins_when_ended) {
      rejoin(now);
    } else if (link.certain()) {
      reports.send();
      actions.add(Send{protocol::ClientStopped{}});
      link.leave();
      run.parted(now);
    } else if (link.accepted()) {
      lost_master = true;  // it does not answer heartbeats: it may be another master
      rejoin(now);
    }
  }
  if (run.wants_to_be_ready(now)) {
    link.join(now);
    run.become_ready();
  }
  if (link.accepted() && run.take_waiting(now) && link.proved_by()) {
    // This worker was not registered between client_stopped and client_ready: a stop may have been
    // sent meanwhile. If not, the master sends its orders after client_ready.
    order_check.begin(true, ramping, now);
  }
}

void WorkerRunner::State::rejoin(TimePoint now) {
  rejoins_when_ended = false;
  unattended_until.reset();
  link.join(now);
  run.become_ready();
}

void WorkerRunner::State::on_time(TimePoint now) {
  const bool idle = run.idle() || run.stage() == Run::Stage::kEnded;
  const LinkEvent event = link.on_time(run.wire_state(), idle, now);
  if (!quit.active()) {
    on_link_event(event, now);
    if (unattended_until && now >= *unattended_until) {
      unattended_until.reset();
      actions.warning(
          "No contact with a master for longer than --max-unattended, or until the end of the run "
          "time: stopping the users");
      run.abandon();
    }
    if (run.stopping()) order_check.end();
    if (order_check.on_time(run.idle(), ramping, now)) {
      actions.warning(
          "The master has sent no spawn message since this worker may have missed one of its "
          "orders: "
          "stopping the users. If the test is still running, edit its number of users or start it "
          "again");
      run.abandon();
    }
    run.on_time(takes_spawning_complete(), now);
    settle(now);
  }
  outbox.on_time(now);
  reports.on_time(now);
  second_collections.on_time(run.measures() && !quit.collecting(), reports.collecting(), now);
  logs.on_time(now);
  quit.on_time(now);
}

TimePoint WorkerRunner::State::next_wakeup() const {
  if (quit.exited()) return TimePoint::max();
  TimePoint next =
      std::min({link.next_wakeup(), reports.next_wakeup(), logs.next_wakeup(), quit.next_wakeup()});
  next = std::min({next, outbox.next_wakeup(), second_collections.next_wakeup()});
  if (!quit.active()) {
    next = std::min(next, run.next_wakeup());
    next = std::min(next, order_check.next_wakeup());
    if (unattended_until) next = std::min(next, *unattended_until);
  }
  return std::max(next, last_now);
}

WorkerRunner::WorkerRunner(WorkerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

WorkerRunner::~WorkerRunner() = default;

std::vector<Action> WorkerRunner::start(TimePoint now) {
  state_->last_now = now;
  state_->link.start(now);
  return state_->actions.take();
}

std::vector<Action> WorkerRunner::handle(Event event, TimePoint now) {
  State& s = *state_;
  DCHECK(s.thread.is_here());
  if (s.quit.exited()) return {};
  now = std::max(now, s.last_now);
  s.last_now = now;
  s.link.catch_up(s.run.wire_state(), now);
  std::visit([&](auto& e) { s.on(e, now); }, event);
  if (!s.quit.exited()) s.on_time(now);
  return s.actions.take();
}

bool WorkerRunner::ended_by_master() const { return state_->quit.by_master(); }

UserClassesCount WorkerRunner::user_classes_count() const { return state_->run.shards().counts(); }

bool WorkerRunner::master_listens() const { return state_->link.listens(); }

std::size_t WorkerRunner::messages_waiting() const { return state_->outbox.waiting(); }

TimePoint WorkerRunner::next_wakeup() const { return state_->next_wakeup(); }

}  // namespace cppworker::runner
