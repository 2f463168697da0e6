#include "app/control.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include "app/logging.hpp"
#include "coro/blocking_pool.hpp"
#include "loader/description.hpp"
#include "protocol/decode.hpp"
#include "protocol/sendable.hpp"
#include "protocol/stats_codec.hpp"
#include "stats/merge.hpp"
#include "transport/node_id.hpp"

namespace cppworker::app {

namespace {

/// The heartbeat's figures are measured as often as the heartbeat is sent.
constexpr std::chrono::seconds kUsageInterval{1};

/// How often user code is told of them, and from when on they are worth a warning: as in Locust.
constexpr std::chrono::seconds kUsageMonitorInterval{10};
constexpr double kCpuWarningThreshold = 90;

/// How long the last messages get to leave.
constexpr std::chrono::milliseconds kLinger{500};

/// How long the end of the process waits for a shard whose user code blocks its thread.
constexpr std::chrono::seconds kShutdownPatience{2};

double to_seconds(coro::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Workers of this process that have not come to their end: nobody may end the process before.
std::atomic<std::size_t> workers_running{0};

}  // namespace

Control::Control(const Options& options, const UserCode& user_code)
    : scheduler_(clock_, coro::Scheduler::Options{}),
      workers_(options.workers),
      worker_number_(options.worker_number),
      node_id_(transport::make_node_id()),
      link_({.host = options.master_host, .port = options.master_port, .identity = node_id_}),
      runner_(worker_options(options, user_code.locustfile)),
      wakeup_(
          scheduler_, [](void* self) { static_cast<Control*>(self)->tick(); }, this),
      patience_(
          scheduler_, [](void* self) { static_cast<Control*>(self)->finish_collecting(); }, this),
      description_(
          loader::describe(user_code.locustfile.user_classes, user_code.locustfile.arguments)) {
  start_shards(options, user_code);
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
  result.master_address = options.master_host + ":" + std::to_string(options.master_port);
  return result;
}

void Control::start_shards(const Options& options, const UserCode& user_code) {
  const loader::Locustfile& locustfile = user_code.locustfile;
  ShardListener& listener = *this;
  coro::BlockingPool::process().set_threads_max(options.blocking_threads);
  std::vector<clockid_t> cpu_clocks;
  for (std::size_t i = 0; i < options.threads; ++i) {
    shards_.push_back(
        std::make_unique<ShardThread>(ShardSetup{.index = i,
                                                 .count = options.threads,
                                                 .worker_number = options.worker_number,
                                                 .stack_size = options.stack_size,
                                                 .max_entries = options.max_entries,
                                                 .precision = options.precision,
                                                 .client_id = node_id_,
                                                 .user_classes = locustfile.user_classes,
                                                 .init_functions = locustfile.init_functions,
                                                 .arguments = user_code.arguments},
                                      listener));
    for (const Value& config : user_code.config_users) shards_.back()->update_user_class(config);
    cpu_clocks.push_back(shards_.back()->cpu_clock());
  }
  cpu_clocks.push_back(CLOCK_THREAD_CPUTIME_ID);  // this thread: a control thread can be full too
  usage_.emplace(std::move(cpu_clocks));
}

int Control::run(SignalFd* signals) noexcept {
  signals_ = signals;
  log_as_worker(worker_number_);
  if (signals_ != nullptr) scheduler_.watch(signals_->fd(), EPOLLIN, *this);
  scheduler_.watch(link_.fd(), EPOLLIN, *this);
  // ZeroMQ's file descriptor is edge-like: what arrives while we send is not announced again.
  scheduler_.add_turn_hook([this] { read_link(); });
  carry_out(runner_.start(clock_.now()));
  measure_usage();
  scheduler_.run();
  link_.close(kLinger);
  stop_shards();
  return *exit_code_;
}

void Control::on_fd_ready(int fd, std::uint32_t) {
  if (signals_ != nullptr && fd == signals_->fd()) {
    read_signals();
  }  // the link is read by the turn hook
}

void Control::read_signals() {
  while (const std::optional<int> signal = signals_->next()) {
    for (Control* other : hear_too_) other->hear(*signal);
    handle(runner::SignalReceived{*signal});
  }
}

void Control::read_link() {
  while (!exit_code_) {
    const std::optional<transport::MasterLink::LinkEvent> event = link_.next_event();
    if (!event) {
      return;
    }
    std::visit([this](const auto& one) { take(one); }, *event);
  }
}

void Control::take(const transport::MasterLink::Up&) { handle(runner::ConnectionUp{}); }

void Control::take(const transport::MasterLink::Down&) { handle(runner::ConnectionDown{}); }

void Control::take(const transport::MasterLink::Trouble& trouble) {
  handle(runner::ConnectionTrouble{trouble.text, trouble.refused});
}

void Control::take(const transport::MasterLink::Received& received) {
  protocol::Result<protocol::MasterMessage> message = protocol::decode(received.bytes);
  if (message.ok()) {
    handle(runner::MessageReceived{std::move(message).value(), detail::unix_time()});
    return;
  }
  if (const auto seen = bad_messages_.allow(clock_.now())) {
    spdlog::warn("Ignored {} message{} that Locust does not send: {}", *seen, *seen == 1 ? "" : "s",
                 message.error());
  }
}

void Control::tick() {
  const coro::TimePoint now = clock_.now();
  if (now - usage_measured_ >= kUsageInterval) {
    measure_usage();
  }
  handle(runner::Tick{});
}

void Control::measure_usage() {
  follow_system_clock();
  usage_measured_ = clock_.now();
  const double cpu_percent = usage_->busiest_thread_percent(usage_measured_);
  const std::int64_t memory_bytes = Usage::resident_bytes() / static_cast<std::int64_t>(workers_);
  if (usage_measured_ >= usage_told_next_) {
    usage_told_next_ = usage_measured_ + kUsageMonitorInterval;
    tell_usage(cpu_percent, memory_bytes);
  }
  handle(runner::UsageMeasured{cpu_percent, memory_bytes});
}

void Control::tell_usage(double cpu_percent, std::int64_t memory_bytes) {
  const bool is_too_much = cpu_percent > kCpuWarningThreshold;
  if (is_too_much && !std::exchange(cpu_warning_emitted_, true)) {
    spdlog::warn(
        "CPU usage above {}%! This may constrain your throughput and may even give inconsistent "
        "response time measurements! Give this worker more threads, or add workers.",
        kCpuWarningThreshold);
  }
  shards_.front()->fire_usage(cpu_percent, memory_bytes, is_too_much);
}

void Control::handle(runner::Event event) {
  events_.push_back(std::move(event));
  if (handling_) {
    return;  // an action of an earlier event made this one; it waits for its turn
  }
  handling_ = true;
  while (!events_.empty() && !exit_code_) {
    const runner::Event next = std::move(events_.front());
    events_.pop_front();
    carry_out(runner_.handle(next, clock_.now()));
  }
  handling_ = false;
  messages_held_ = runner_.messages_waiting() + link_.unsent();
  if (!exit_code_) {
    wakeup_.arm(runner_.next_wakeup());
  }
}

void Control::carry_out(std::vector<runner::Action> actions) {
  for (const runner::Action& action : actions) {
    if (exit_code_) {
      return;
    }
    std::visit([this](const auto& one) { perform(one); }, action);
  }
}

void Control::send_message(std::string type, Value data) {
  protocol::Custom message{std::move(type), std::move(data)};
  if (const std::optional<std::string> reason = protocol::why_not_sendable(message)) {
    spdlog::error("send_message: {}", *reason);
    return;
  }
  ++messages_posted_;
  scheduler_.post([this, message = std::move(message)]() mutable {
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

void Control::handed_over(HandOver hand_over) {
  scheduler_.post([this, moved = std::make_shared<HandOver>(std::move(hand_over))] {
    take(std::move(*moved));
  });
}

void Control::take(HandOver hand_over) {
  if (hand_over.epoch != epoch_) {
    return;  // measured before the statistics were cleared
  }
  follow_system_clock();
  stats::StatsIncrement increment = std::move(hand_over.recording).increment();
  if (const coro::Duration step = clock_offset_ - hand_over.clock_offset;
      coro::WallClock::is_step(step)) {
    stats::shift_times(increment, to_seconds(step));
  }
  ledger_.add(std::move(increment));
  for (const auto& [name, count] : hand_over.cut_off_requests) {
    cut_off_requests_[name] += count;
  }
  if (!hand_over.report_data.empty()) {
    add_report_data(std::move(hand_over.report_data));
  }
}

/// What has not been sent gets the times that the clock would have given it as it goes now: the
/// master takes the first and the last time of all that it has got.
void Control::follow_system_clock() {
  const coro::TimePoint now = clock_.now();
  const coro::Duration before = std::exchange(clock_offset_, clock_.wall().offset(now));
  if (const coro::Duration step = clock_offset_ - before; coro::WallClock::is_step(step)) {
    ledger_.shift_times(to_seconds(step));
  }
}

/// Kept for the next report; a newer one's take the place of what has not been sent yet.
void Control::add_report_data(Value::Map data) {
  std::erase_if(data, [](const auto& entry) {
    const std::string* key = entry.first.as_string();
    return key == nullptr || protocol::is_report_key(*key);
  });
  protocol::Custom as_message{"report_to_master", std::move(data)};
  if (const std::optional<std::string> reason = protocol::why_not_sendable(as_message)) {
    spdlog::error("report_to_master: {}", *reason);
    return;
  }
  report_data_ = *as_message.data.as_map();
}

void Control::collected(std::uint64_t id) {
  scheduler_.post([this, id] {
    if (collecting_ == id && --collecting_from_ == 0) {
      finish_collecting();
    }
  });
}

void Control::finish_collecting() {
  patience_.cancel();
  handle(runner::IncrementsCollected{*std::exchange(collecting_, std::nullopt)});
}

void Control::stop_shards() {
  --workers_running;
  auto deadline = clock_.now() + kShutdownPatience;
  const auto patiently = [&](auto&& wait) {
    bool done = wait();
    while (!done && workers_running > 0) {
      if (signals_ != nullptr) read_signals();  // for the others
      deadline = clock_.now() + kShutdownPatience;
      done = wait();
    }
    return done;
  };
  // First, because blocking calls use what belongs to the shards' users.
  bool free = patiently([&] { return coro::BlockingPool::process().wait_idle(deadline); });
  for (const auto& shard : shards_) {
    shard == shards_.front() ? shard->quit(*exit_code_) : shard->stop();
  }
  for (const auto& shard : shards_) {
    free = patiently([&] { return shard->wait_stopped(deadline); }) && free;
  }
  if (!free) {
    spdlog::warn("User code still holds a thread; the process ends without it.");
    spdlog::default_logger()->flush();
    std::_Exit(*exit_code_);
  }
}

}  // namespace cppworker::app
