#include "app/control.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include "app/logging.hpp"
#include "base/check.hpp"
#include "loader/description.hpp"
#include "protocol/decode.hpp"
#include "protocol/encode.hpp"
#include "transport/master_link.hpp"
#include "transport/node_id.hpp"

namespace cppworker::app {

namespace {

/// How long the socket may take to send the last messages.
constexpr std::chrono::milliseconds kLinger{500};

/// The number of workers in this process that have not ended. The process must not end before them.
std::atomic<std::size_t> workers_running{0};

}  // namespace

Control::Control(const Options& options, const UserCode& user_code, Surroundings surroundings)
    : clock_(surroundings.clock == nullptr ? real_clock_ : *surroundings.clock),
      scheduler_(clock_, coro::Scheduler::Options{}),
      workers_(options.workers),
      worker_number_(options.worker_number),
      node_id_(transport::make_node_id()),
      link_(surroundings.connection != nullptr
                ? std::move(surroundings.connection)
                : std::make_unique<transport::MasterLink>(
                      transport::MasterLinkOptions{.host = options.master_host,
                                                   .port = options.master_port,
                                                   .identity = node_id_})),
      runner_(worker_options(options, user_code.locustfile)),
      masking_(options.mask_headers),
      failure_samples_(options.failure_samples),
      wakeup_(
          scheduler_, [](void* self) { static_cast<Control*>(self)->tick(); }, this),
      shard_actions_(
          scheduler_, options, user_code, node_id_, *this, masking_,
          [this](runner::Event event) { handle(std::move(event)); }, nullptr,
          surroundings.shard_clocks),
      drift_check_(loader::describe(user_code.locustfile.user_classes,
                                    user_code.locustfile.arguments, user_code.locustfile.fail_if)) {
  if (!options.out.empty()) {
    recorder_.emplace(options, user_code, node_id_, masking_, shard_actions_.samples());
  }
  ++workers_running;
}

Control::~Control() = default;

runner::WorkerOptions Control::worker_options(const Options& options,
                                              const loader::Locustfile& locustfile) {
  runner::WorkerOptions result;
  for (const detail::UserClass* user_class : locustfile.user_classes) {
    result.user_classes.emplace_back(user_class->name);
  }
  result.shards = options.threads;
  result.on_master_loss = options.on_master_loss;
  result.max_unattended = options.max_unattended;
  result.connect_timeout = options.connect_timeout;
  result.additional_wait_before_ready = options.additional_wait_before_ready;
  result.reset_stats = options.reset_stats;
  result.is_recorded = !options.out.empty();
  result.master_address = options.master_host + ":" + std::to_string(options.master_port);
  return result;
}

int Control::run(SignalFd* signals) noexcept {
  CHECK(!exit_code_);  // run() is called once
  signals_ = signals;
  log_as_worker(worker_number_);
  if (signals_ != nullptr) scheduler_.watch(signals_->fd(), EPOLLIN, *this);
  scheduler_.watch(link_->fd(), EPOLLIN, *this);
  // ZeroMQ's file descriptor is edge-triggered: it does not report messages that arrive while this
  // thread sends. So read in every turn.
  scheduler_.add_turn_hook([this] { read_link(); });
  carry_out(runner_.start(clock_.now()));
  measure_usage();
  scheduler_.run();
  CHECK(exit_code_);
  link_->close(kLinger);
  end_recording();
  end_shards();
  return *exit_code_;
}

void Control::on_fd_ready(int fd, std::uint32_t) {
  if (signals_ != nullptr && fd == signals_->fd()) {
    read_signals();
  }  // the link is read by the turn hook
}

void Control::read_signals() {
  while (const std::optional<int> signal = signals_->next()) {
    ++signals_heard_;
    for (Control* other : hear_too_) other->hear(*signal);
    handle(runner::SignalReceived{*signal});
  }
}

/// Waits until the run file is written. A second signal ends the process at once, because a disk
/// can hang for good.
void Control::end_recording() {
  constexpr std::chrono::milliseconds kPeriod{200};
  const int before = signals_heard_;
  while (recorder_ && !recorder_->wait_written(kPeriod)) {
    while (const auto signal = signals_ == nullptr ? std::nullopt : signals_->next()) {
      for (Control* other : hear_too_) other->hear(*signal);
      ++signals_heard_;
    }
    if (signals_heard_ == before && signals_heard_ < 2) continue;
    spdlog::warn("The run file is not complete, because the disk does not answer; exiting anyway.");
    wait_for_log();
    std::_Exit(*exit_code_);
  }
  recorder_.reset();
}

void Control::read_link() {
  while (!exit_code_) {
    const std::optional<transport::MasterConnection::LinkEvent> event = link_->next_event();
    if (!event) {
      return;
    }
    std::visit([this](const auto& one) { take(one); }, *event);
  }
}

void Control::take(const transport::MasterConnection::Up&) { handle(runner::ConnectionUp{}); }

void Control::take(const transport::MasterConnection::Down&) { handle(runner::ConnectionDown{}); }

void Control::take(const transport::MasterConnection::Trouble& trouble) {
  handle(runner::ConnectionTrouble{trouble.text, trouble.process_ended});
}

void Control::take(const transport::MasterConnection::Received& received) {
  protocol::Result<protocol::MasterMessage> message = protocol::decode(received.bytes);
  if (message.ok()) {
    handle(runner::MessageReceived{std::move(message).value(), unix_now()});
    return;
  }
  if (const auto seen = bad_messages_.allow(clock_.now())) {
    spdlog::warn("Ignored {} malformed message{} from the master. The last error: {}", *seen,
                 *seen == 1 ? "" : "s", message.error());
  }
}

double Control::unix_now() {
  const coro::TimePoint now = clock_.now();
  return std::chrono::duration<double>(now.time_since_epoch() + clock_.wall().offset(now)).count();
}

void Control::note(const runner::IncrementsCollected& collected) {
  if (!tab_data_.is_wanted()) return;
  tab_data_.add(collected, usage_.cpu_percent);
  tab_data_.add(shard_actions_.samples(), collected.unix_now);
}

void Control::tick() {
  measure_usage();
  handle(runner::Tick{});
}

void Control::measure_usage() {
  if (const auto measured = shard_actions_.measure_usage(clock_.now())) {
    usage_ = *measured;
    handle(*measured);
  }
}

void Control::handle(runner::Event event) {
  events_.push_back(std::move(event));
  if (handling_) {
    return;  // an action of an earlier event caused this one; the loop below handles it next
  }
  handling_ = true;
  while (!events_.empty() && !exit_code_) {
    const runner::Event next = std::move(events_.front());
    events_.pop_front();
    record(next);
    carry_out(runner_.handle(next, clock_.now()));
  }
  handling_ = false;
  if (on_joined_ && runner_.master_listens()) std::exchange(on_joined_, {})();
  messages_held_ = runner_.messages_waiting() + link_->unsent();
  if (!exit_code_) {
    wakeup_.arm(runner_.next_wakeup());
  }
}

void Control::record(const runner::Event& event) {
  if (const auto* collected = std::get_if<runner::IncrementsCollected>(&event)) note(*collected);
  if (!recorder_) return;
  if (const auto* collected = std::get_if<runner::IncrementsCollected>(&event)) {
    recorder_->record(*collected, runner_.user_classes_count(), usage_);
  } else if (const auto* set = std::get_if<runner::SystemClockSet>(&event)) {
    recorder_->record(*set);
  } else if (const auto* error = std::get_if<runner::UserError>(&event)) {
    recorder_->record(*error);
  }
}

void Control::carry_out(std::vector<runner::Action> actions) {
  for (runner::Action& action : actions) {
    if (exit_code_) {
      return;
    }
    std::visit(
        [this](auto& one) {
          if constexpr (requires { recorder_->record(one); }) {
            if (recorder_) recorder_->record(one);
          }
          if constexpr (requires { perform(one); }) {
            perform(one);
          } else {
            shard_actions_.perform(one);
          }
        },
        action);
  }
}

void Control::send_message(std::string type, Value data) {
  std::optional<protocol::Custom> checked = sendable(std::move(type), std::move(data));
  if (!checked) return;
  ++messages_posted_;
  scheduler_.post([this, message = *std::move(checked)]() mutable {
    --messages_posted_;
    handle(runner::SendMessage{std::move(message)});
  });
}

void Control::user_error(std::string msg, std::string traceback) {
  happened(runner::UserError{{std::move(msg), std::move(traceback)}});
}

void Control::happened(runner::Event event) {
  scheduler_.post([this, event = std::move(event)] { handle(event); });
}

void Control::end_shards() {
  --workers_running;
  shard_actions_.end(*exit_code_, [this] {
    if (workers_running == 0) return false;
    if (signals_ != nullptr) read_signals();  // for the other workers
    return true;
  });
}

// --- the actions of the runner ---

void Control::perform(runner::Send& action) {
  const bool ends_users = std::holds_alternative<protocol::ClientStopped>(action.message) ||
                          std::holds_alternative<protocol::SpawningComplete>(action.message) ||
                          std::holds_alternative<protocol::Quit>(action.message);
  if (ends_users) {
    shard_actions_.log_cut_off_requests();
  }
  auto* const report = std::get_if<protocol::StatsReport>(&action.message);
  const bool has_tab_data = report != nullptr && tab_data_.is_wanted();
  if (has_tab_data) report->added.emplace_back(TabData::kReportKey, tab_data_.next());
  if (link_->send(protocol::encode(action.message, node_id_))) {
    if (has_tab_data) tab_data_.sent();
    return;
  }
  if (has_tab_data) report->added.pop_back();
  handle(runner::MessageNotSent{std::move(action.message)});
}

void Control::perform(const runner::ClearStats& action) {
  tab_data_.clear();
  shard_actions_.perform(action);
}

void Control::perform(const runner::SetEnvironment& action) {
  if (auto differences = drift_check_.check(action.parsed_options)) {
    handle(runner::UserError{*std::move(differences)});
  }
  tab_data_.on_options(action.parsed_options);
  if (tab_data_.is_wanted()) shard_actions_.keep_failure_samples(failure_samples_);
  shard_actions_.perform(action);
  if (recorder_) recorder_->begin_run(action);
}

void Control::perform(const runner::FireHeartbeatReceived&) {
  shard_actions_.shards().each(
      [&](ShardThread& shard) { shard.fire_heartbeat_received(node_id_); });
}

void Control::perform(const runner::SendLogs& action) {
  if (worker_number_ > 1) return;  // the process has one log, and its first worker sends it
  const std::uint64_t sent_before = action.all ? 0 : logs_sent_;
  logs_sent_ = sent_before;
  std::vector<std::string> lines = LogReader::news(logs_sent_);
  if (!lines.empty() &&
      !link_->send(protocol::encode(protocol::Logs{node_id_, std::move(lines)}, node_id_))) {
    logs_sent_ = sent_before;
  }
}

void Control::perform(const runner::UpdateUserClass& action) {
  shard_actions_.shards().each([&](ShardThread& shard) { shard.update_user_class(action.data); });
}

void Control::perform(const runner::Reconnect&) {
  scheduler_.unwatch(link_->fd());
  link_->reopen();
  scheduler_.watch(link_->fd(), EPOLLIN, *this);
}

void Control::perform(const runner::CheckAddress&) { link_->check_address(); }

void Control::perform(const runner::Exit& action) {
  log_undelivered_messages();
  shard_actions_.log_untaken_requests();
  exit_code_ = action.code;
  scheduler_.stop();
}

/// Called at the end, when no message can be acknowledged or sent again.
void Control::log_undelivered_messages() {
  const std::size_t messages = runner_.messages_waiting() + link_->unsent();
  if (messages > 0) {
    spdlog::warn("{} messages for the master are still queued in this worker and may be lost.",
                 messages);
  }
}

}  // namespace cppworker::app
