#include "process.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "base/check.hpp"
#include "users.hpp"

namespace cppworker::simulation {
namespace {

Process* running = nullptr;

/// A heartbeat may be this late.
constexpr std::chrono::milliseconds kTolerance{20};
/// A report follows the one before after 3 s, and waits for blocked shards for 100 ms. At the end
/// of a test another collection may replace its collection.
constexpr std::chrono::milliseconds kReportInterval{3200};
/// The worker holds reports back if the master has been silent for longer.
constexpr std::chrono::seconds kListens{4};

std::string_view type_of(std::string_view bytes) {
  // msgpack: an array of three, then a string of less than 32 bytes
  const std::size_t size = static_cast<unsigned char>(bytes[1]) & 0x1FU;
  return bytes.substr(2, size);
}

class Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (running != nullptr) {
      running->logged(std::string(message.payload.begin(), message.payload.end()));
    }
  }
  void flush_() override {}
};

}  // namespace

/// The control thread's clock. The world goes on while the control thread waits.
class Process::ControlClock final : public coro::Clock {
 public:
  explicit ControlClock(Process& process) : process_(process) {}
  TimePoint now() override { return process_.world_.now(); }
  coro::WallClock& wall() override { return process_.wall_; }
  bool skip_to(TimePoint deadline) override { return process_.drive(deadline); }

 private:
  Process& process_;
};

/// A shard's clock. It is ahead of the world after a task that blocked the thread.
class Process::ShardClock final : public coro::Clock {
 public:
  explicit ShardClock(Process& process) : process_(process) {}
  TimePoint now() override { return std::max(process_.world_.now(), ahead_); }
  coro::WallClock& wall() override { return process_.wall_; }
  /// Gives the thread back to the world.
  bool skip_to(TimePoint deadline) override {
    if (scheduler != nullptr) {
      wakes_at = deadline;
      scheduler->stop();
    }
    return true;
  }
  void block(Duration duration) { ahead_ = now() + duration; }
  [[nodiscard]] TimePoint ahead() const { return ahead_; }

  coro::Scheduler* scheduler = nullptr;
  TimePoint wakes_at{};

 private:
  Process& process_;
  TimePoint ahead_{};
};

Process::Process(World& world, Network& network, Target& target, const app::Options& options,
                 std::size_t number)
    : world_(world),
      network_(network),
      target_(target),
      identity_(fmt::format("worker-{}", number)),
      first_name_(number * kNamesPerProcess),
      wall_([this] { return World::kUnixOffset + clock_step_; }),
      clock_(std::make_unique<ControlClock>(*this)),
      shards_(options.threads),
      quits_without_master_(options.on_master_loss == runner::OnMasterLoss::kQuit),
      outer_(std::exchange(running, this)),
      control_(options, {.locustfile = locustfile(), .arguments = {}, .config_users = {}},
               surroundings()) {}

Process::~Process() { running = outer_; }

app::Surroundings Process::surroundings() {
  app::Surroundings result{.clock = clock_.get()};
  for (ShardHere& shard : shards_) {
    shard.clock = std::make_unique<ShardClock>(*this);
    result.shard_clocks.push_back(shard.clock.get());
  }
  auto connection = std::make_unique<Connection>(
      world_, network_, identity_,
      Connection::Observer{.has_event = [this] { wake(); },
                           .sent = [this](const Message& message) { sent(message); },
                           .refused = [this](const Message& message) { refused(message); },
                           .received = [this](const Message& message) { received(message); },
                           .up =
                               [this] {
                                 world_.note("worker: connected");
                                 heartbeat_due_ = world_.now() + 1s;
                                 master_spoke_ = {};
                               },
                           .down =
                               [this] {
                                 world_.note("worker: disconnected");
                                 heartbeat_due_.reset();
                                 report_due_.reset();
                               }});
  connection_ = connection.get();
  result.connection = std::move(connection);
  return result;
}

Process& Process::here() {
  CHECK(running != nullptr);
  return *running;
}

int Process::run() {
  const int code = control_.run(nullptr);
  exited_ = true;
  world_.note("worker: exit {}", code);
  return code;
}

void Process::add_shard(detail::Shard& shard) {
  ShardHere& here = shards_.at(shard.index);
  here.shard = &shard;
  here.clock->scheduler = &shard.scheduler;
  shard.random.seed(world_.number());
}

// --- time ---

/// Called when the control thread has nothing to do before the deadline. Runs the world until then,
/// or until there is something for the control thread.
bool Process::drive(TimePoint deadline) {
  if (deadline <= world_.now()) return true;
  check_time();
  while (!killed_) {
    if (event_due_ && world_.now() >= std::max(*event_due_, suspended_until_)) {
      event_due_.reset();
      return true;
    }
    TimePoint next = std::min(deadline, event_due_.value_or(TimePoint::max()));
    ShardHere* next_shard = nullptr;
    for (ShardHere& shard : shards_) {
      if (const TimePoint wakes = wakes_at(shard); wakes < next) {
        next = wakes;
        next_shard = &shard;
      }
    }
    next = std::max(next, suspended_until_);
    if (world_.next_event() <= next) {
      CHECK(world_.next_event() != TimePoint::max());  // the run never ends
      world_.advance_to(world_.next_event());
      world_.run_next_event();
      continue;
    }
    world_.advance_to(next);
    if (next_shard != nullptr) run_shard(*next_shard);
    event_due_.reset();
    return true;
  }
  if (meanwhile_) {
    std::exchange(meanwhile_, {})();
    running = this;
    take_down();
  }
  return true;
}

/// The control thread takes a moment to see an event.
void Process::wake() {
  if (!event_due_) event_due_ = world_.now() + latency_of_thread();
}

Duration Process::latency_of_thread() {
  return world_.one_in(8) ? world_.up_to(5ms) : world_.up_to(50us);
}

TimePoint Process::wakes_at(ShardHere& shard) {
  TimePoint wakes = shard.clock->wakes_at;
  if (shard.shard->scheduler.has_messages()) {
    if (!shard.message_due) {
      shard.message_due = world_.now() + latency_of_thread();
    }
    wakes = std::min(wakes, *shard.message_due);
  }
  return std::max(wakes, shard.clock->ahead());
}

void Process::run_shard(ShardHere& shard) {
  shard.message_due.reset();
  shard.shard->make_current();
  shard.shard->scheduler.run();
}

void Process::check_time() {
  if (!heartbeat_due_ || !connection_->is_up()) return;
  // This master may not know the worker, which does not join it any more.
  const bool quits = shuts_down_ || (has_lost_master_ && quits_without_master_);
  if (quits && master_spoke_ == TimePoint{}) return;
  const TimePoint due = std::max(*heartbeat_due_, suspended_until_);
  if (world_.now() > due + kTolerance) {
    world_.fail("a heartbeat is late");
    heartbeat_due_.reset();
  }
  if (report_due_ && world_.now() > *report_due_ + kTolerance) {
    if (world_.now() < master_spoke_ + kListens) world_.fail("a report is late");
    report_due_.reset();
  }
}

void Process::sent(const Message& message) {
  check_time();
  const std::string_view type = type_of(message.bytes);
  if (type == "heartbeat") {
    heartbeat_due_ = world_.now() + 1s;
    if (!has_spawned_ && message.bytes.find("ready") == std::string::npos) {
      world_.fail("a heartbeat says that users run, without a spawn");
    }
    return;
  }
  world_.note("worker -> {}", type);
  if (type == "spawning") {
    has_spawned_ = true;
  } else if (type == "spawning_complete") {
    if (!has_spawned_) world_.fail("spawning_complete without spawning");
  } else if (type == "client_stopped") {
    if (last_type_ != "stats") world_.fail("client_stopped without a report before it");
    report_due_.reset();
  } else if (type == "client_ready" || type == "quit") {
    // As in a Python worker, heartbeats keep the state of the test until then.
    if (last_type_ == "client_stopped") has_spawned_ = false;
    report_due_.reset();
    has_lost_master_ = false;
  } else if (type == "stats" && report_due_) {
    report_due_ = world_.now() + kReportInterval;
  }
  last_type_ = type;
}

/// The worker learns of a broken connection after it has read what arrived before. If the socket
/// refuses its `spawning`, its next heartbeats have the state of the run all the same.
void Process::refused(const Message& message) {
  const std::string_view type = type_of(message.bytes);
  if (type != "heartbeat") world_.note("worker: the socket refuses {}", type);
  if (type == "spawning") has_spawned_ = true;
}

/// A registered worker reports to a master that answers.
void Process::received(const Message& message) {
  const std::string_view type = type_of(message.bytes);
  const TimePoint now = world_.now();
  if (now >= master_spoke_ + kListens) report_due_.reset();
  master_spoke_ = now;
  if (report_due_ || has_lost_master_) return;
  if (type == "ack" || type == "heartbeat") report_due_ = now + kReportInterval;
}

// --- faults ---

void Process::suspend(Duration duration) {
  suspended_until_ = std::max(suspended_until_, world_.now() + duration);
  report_due_.reset();
}

void Process::kill(std::function<void()> meanwhile) {
  world_.note("worker: killed");
  killed_ = true;
  meanwhile_ = std::move(meanwhile);
  heartbeat_due_.reset();
  report_due_.reset();
  connection_->die();
}

void Process::take_down() {
  signal();
  signal();  // exits at once
}

void Process::set_system_clock_forward(Duration step) { clock_step_ += step; }

void Process::block(std::size_t shard, Duration duration) { shards_.at(shard).block = duration; }

TimePoint Process::end_blocks() {
  TimePoint end{};
  for (ShardHere& shard : shards_) {
    shard.block.reset();
    end = std::max(end, shard.clock->ahead());
  }
  return end;
}

void Process::perhaps_block(std::size_t shard) {
  if (const auto duration = std::exchange(shards_.at(shard).block, std::nullopt)) {
    world_.note("worker: shard {} is blocked for {:.3f} s", shard,
                std::chrono::duration<double>(*duration).count());
    shards_.at(shard).clock->block(*duration);
  }
}

// --- the account ---

void Process::counted(std::size_t name, std::size_t shard) {
  ++shards_.at(shard).counted;
  if (counted_.size() <= name) counted_.resize(name + 1);
  ++counted_[name];
}

void Process::logged(const std::string& text) {
  if (text.starts_with("Response times are inflated")) return;  // has times of this machine
  world_.note("worker logs: {}", text);
  if (text.find("blocked its thread") != std::string::npos) blocked_warning_ = text;
  if (text.starts_with("Shutting down:")) shuts_down_ = true;
  // It sends no heartbeats to that master.
  if (text.starts_with("This worker is no longer registered")) heartbeat_due_.reset();
  // It sends no reports before its users have ended and it has joined a master.
  if (text.starts_with("This worker is no longer registered") ||
      text.starts_with("Didn't get heartbeat from master") ||
      text.starts_with("This worker was paused")) {
    has_lost_master_ = true;
    report_due_.reset();
  }
  if (text == "The connection to the master is back") has_lost_master_ = false;
  constexpr std::string_view kDropped = "Dropped the statistics of ";
  if (text.starts_with(kDropped)) {
    dropped_ += std::strtoll(text.c_str() + kDropped.size(), nullptr, 10);
  }
}

void log_to_processes() {
  auto logger = std::make_shared<spdlog::logger>("simulation", std::make_shared<Sink>());
  logger->set_level(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace cppworker::simulation
