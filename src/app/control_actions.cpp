#include <utility>
#include <variant>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include <cppworker/json.hpp>

#include "app/control.hpp"
#include "app/logging.hpp"
#include "loader/description.hpp"
#include "protocol/encode.hpp"
#include "text/log_text.hpp"

// What the control thread does for each action of the runner.
namespace cppworker::app {

void Control::perform(const runner::Send& action) {
  const bool ends_users = std::holds_alternative<protocol::ClientStopped>(action.message) ||
                          std::holds_alternative<protocol::SpawningComplete>(action.message) ||
                          std::holds_alternative<protocol::Quit>(action.message);
  if (ends_users) {
    log_cut_off_requests();
  }
  if (!link_.send(protocol::encode(action.message, node_id_))) {
    handle(runner::MessageNotSent{action.message});
  }
}

void Control::perform(const runner::SendReport& action) {
  protocol::StatsReport full = ledger_.take_report(action.user_classes_count, action.user_count);
  full.added = std::exchange(report_data_, {});
  protocol::WorkerMessage message = std::move(full);
  const bool sent = link_.send(protocol::encode(message, node_id_));
  auto& report = std::get<protocol::StatsReport>(message);
  if (sent) {
    ledger_.sent(std::move(report), action.proved_by);
  } else {
    ledger_.not_sent(std::move(report));
  }
}

void Control::perform(const runner::CollectIncrements& action) {
  collecting_ = action.id;
  collecting_from_ = shards_.size();
  patience_.arm(clock_.now() + action.patience);
  for (const auto& shard : shards_) {
    shard->collect(action.id);
  }
}

void Control::perform(const runner::SetTargets& action) {
  for (const auto& shard : shards_) {
    shard->set_targets(action);
  }
}

void Control::perform(const runner::StopUsers& action) {
  for (const auto& shard : shards_) {
    shard->stop_users(action);
  }
}

void Control::perform(const runner::RunHook& action) { shards_.front()->run_hook(action); }

void Control::perform(const runner::ClearStats&) {
  ++epoch_;
  log_dropped(ledger_.pending(), "they were measured before this run, and no master had read them");
  ledger_.clear();
  cut_off_requests_.clear();
  report_data_.clear();
  cpu_warning_emitted_ = false;
  for (const auto& shard : shards_) {
    shard->clear_stats(epoch_);
  }
}

void Control::perform(const runner::SetEnvironment& action) {
  check_drift(action.parsed_options);
  for (const auto& shard : shards_) {
    shard->set_environment(action);
  }
}

/// The master's stub tells with each spawn what it was made from.
void Control::check_drift(const Value& parsed_options) {
  const Value* option = parsed_options.find(loader::kDescriptionOption);
  const std::string* masters = option == nullptr ? nullptr : option->as_string();
  if (masters == nullptr || *masters == checked_description_) return;
  checked_description_ = *masters;
  const std::vector<std::string> found = loader::differences(*masters, description_);
  if (found.empty()) return;
  constexpr std::size_t kMostCharacters = 2000;
  const std::string list =
      text::shortened(fmt::format("{}", fmt::join(found, "\n    ")), kMostCharacters);
  std::string msg = fmt::format(
      "The master's locustfile was made from another version of this worker's: {}. Make it again: "
      "cpp-worker -f <locustfile> --print-locustfile > locustfile.py",
      text::quote_for_log(fmt::format("{}", fmt::join(found, "; ")), kMostCharacters));
  spdlog::warn("{}", msg);
  // The master groups by this text alone: the same for every worker with the same differences.
  handle(runner::UserError{
      {std::move(msg), "  cpp-worker: the locustfiles differ\n    " + list + "\n"}});
}

void Control::perform(const runner::SetWorkerIndex& action) {
  for (const auto& shard : shards_) {
    shard->set_worker_index(action.index);
  }
}

void Control::perform(const runner::FireSpawningComplete& action) {
  for (const auto& shard : shards_) {
    shard->fire_spawning_complete(action.user_count);
  }
}

void Control::perform(const runner::FireHeartbeatReceived&) {
  for (const auto& shard : shards_) {
    shard->fire_heartbeat_received(node_id_);
  }
}

void Control::perform(const runner::DeliverMessage& action) {
  shards_.front()->deliver(action.message);
}

void Control::perform(const runner::SendLogs& action) {
  if (signals_ == nullptr) return;  // the process has one log: its first worker sends it
  const std::uint64_t sent_before = action.all ? 0 : logs_sent_;
  logs_sent_ = sent_before;
  std::vector<std::string> lines = LogReader::news(logs_sent_);
  if (!lines.empty() &&
      !link_.send(protocol::encode(protocol::Logs{node_id_, std::move(lines)}, node_id_))) {
    logs_sent_ = sent_before;
  }
}

void Control::perform(const runner::UpdateUserClass& action) {
  for (const auto& shard : shards_) {
    shard->update_user_class(action.data);
  }
}

void Control::perform(const runner::HeartbeatProved& action) {
  ledger_.heartbeat_proved(action.heartbeat);
}

void Control::perform(const runner::Reconnect&) {
  scheduler_.unwatch(link_.fd());
  link_.reopen();
  scheduler_.watch(link_.fd(), EPOLLIN, *this);
}

void Control::perform(const runner::MasterChanged& action) {
  if (action.resend) {
    ledger_.resend_unproved();
  } else {
    log_dropped(ledger_.drop_all(),
                "no master has confirmed them, and the next one does not know the run they belong "
                "to. With --on-master-loss=keep-running it would get them");
  }
}

void Control::perform(const runner::DropUnproved&) {
  log_dropped(ledger_.drop_unproved(),
              "no master has confirmed them, and sending them again could count them twice");
}

void Control::perform(const runner::Log& action) {
  switch (action.level) {
    case runner::Log::Level::kDebug:
      return spdlog::debug("{}", action.text);
    case runner::Log::Level::kInfo:
      return spdlog::info("{}", action.text);
    case runner::Log::Level::kWarning:
      return spdlog::warn("{}", action.text);
    case runner::Log::Level::kError:
      return spdlog::error("{}", action.text);
  }
}

void Control::perform(const runner::Exit& action) {
  log_undelivered();
  exit_code_ = action.code;
  scheduler_.stop();
}

void Control::log_dropped(const runner::ReportLedger::Size& size, std::string_view why) {
  if (size.requests > 0 || size.failures > 0) {
    spdlog::warn("The statistics of {} requests ({} failures) are given up: {}.", size.requests,
                 size.failures, why);
  }
}

/// At the end, when nobody can confirm or repeat anything any more.
void Control::log_undelivered() {
  runner::ReportLedger::Size lost = ledger_.pending();
  if (!runner_.master_listens()) {
    const runner::ReportLedger::Size in_doubt = ledger_.unproved();
    lost.requests += in_doubt.requests;
    lost.failures += in_doubt.failures;
  }
  if (lost.requests > 0) {
    spdlog::warn("The statistics of {} requests ({} failures) are given up: no master reads them.",
                 lost.requests, lost.failures);
  }
  const std::size_t messages = runner_.messages_waiting() + link_.unsent();
  if (messages > 0) {
    spdlog::warn("{} messages for the master have not left this worker and may be lost.", messages);
  }
}

void Control::log_cut_off_requests() {
  if (!cut_off_requests_.empty()) {
    spdlog::info("Requests cut off while stopping: {}",
                 to_json(Value::Map(cut_off_requests_.begin(), cut_off_requests_.end())));
    cut_off_requests_.clear();
  }
}

}  // namespace cppworker::app
