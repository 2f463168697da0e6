#include "run.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "master.hpp"
#include "memory.hpp"
#include "network.hpp"
#include "process.hpp"
#include "target.hpp"
#include "world.hpp"

namespace cppworker::simulation {
namespace {

using runner::OnMasterLoss;

constexpr std::size_t kMostKept = std::size_t{64} * 1024;
/// The most memory that a run may use, in bytes.
constexpr std::size_t kMostUsed = std::size_t{16} * 1024 * 1024;

/// One run: first the faults and commands of the seed, then a time without faults in which the
/// worker has to recover, run a test and quit.
class Run {
 public:
  Run(std::uint64_t seed, bool keeps_transcript) : world_(seed, keeps_transcript) {}

  Result play();
  Result play_blocked_shard();
  [[nodiscard]] bool has_killed() const { return has_killed_; }

 private:
  Result run();
  void choose_options();
  void plan();
  void fault();
  void command();
  Duration length_of_fault();
  void restart_master(Duration pause);
  void kill_worker(Duration pause);
  void run_process();
  void heal();
  void recover();
  void step(int stage, TimePoint deadline);
  void give_up(const std::string& what);
  [[nodiscard]] CountsByName counted() const;
  void check_twice(const CountsByName& received, const char* who);
  void check_account();
  Process& process() { return *processes_.back(); }

  World world_;
  Network network_{world_};
  Target target_{world_};
  app::Options options_;
  std::unique_ptr<Master> master_;
  std::vector<std::unique_ptr<Process>> processes_;
  bool may_end_early_ = false;  ///< it was asked to end
  bool healed_ = false;
  bool begins_again_ = false;  ///< the test after the faults
  bool has_killed_ = false;
  TimePoint ends_{};                                ///< of the faults
  const std::size_t began_with_ = memory_in_use();  ///< bytes
};

Duration Run::length_of_fault() {
  switch (world_.up_to(9)) {
    case 0:
      return world_.between(58s, 75s);  // around the limits of Locust
    case 1:
    case 2:
      return world_.between(3s, 20s);
    default:
      return world_.between(1ms, 4s);
  }
}

void Run::choose_options() {
  options_.threads = static_cast<std::size_t>(1 + world_.up_to(2));
  options_.master_host = "master";
  options_.on_master_loss = static_cast<OnMasterLoss>(std::max(0, world_.up_to(4) - 2));
  options_.max_unattended = std::chrono::seconds(world_.one_in(2) ? 600 : world_.up_to(60));
  options_.additional_wait_before_ready = std::chrono::seconds(world_.one_in(4) ? 2 : 0);
  options_.reset_stats = world_.one_in(10);
}

Result Run::play() {
  choose_options();
  master_ = std::make_unique<Master>(world_, network_, world_.one_in(2));
  if (world_.one_in(6)) {
    world_.after(length_of_fault(), [this] {
      if (!master_->is_running()) master_->start();
    });
  } else {
    master_->start();
  }
  plan();
  return run();
}

Result Run::play_blocked_shard() {
  options_.threads = 2;
  master_ = std::make_unique<Master>(world_, network_, false);
  master_->start();
  ends_ = world_.now() + 60s;
  world_.after(3s, [this] { master_->swarm(40, 40, 1); });
  world_.after(10s, [this] { process().block(1, 30s); });
  // A task blocks the shard within 3 s.
  world_.after(14s, [this] {
    const std::int64_t other = process().counted_by(0);
    const std::int64_t blocked = process().counted_by(1);
    world_.after(25s, [this, other, blocked] {
      // 20 users, about one request a second each
      if (process().counted_by(0) < other + 20 * 15) world_.fail("the other shard was slowed down");
      if (process().counted_by(1) != blocked) world_.fail("the shard was not blocked");
    });
  });
  world_.at(ends_, [this] {
    const std::string& warning = process().blocked_warning();
    world_.note("warning: {}", warning);
    if (!warning.starts_with("Shopper.buy blocked its thread for 30000 ms") &&
        !warning.starts_with("Visit.go blocked its thread for 30000 ms") &&
        !warning.starts_with("Visitor.go blocked its thread for 30000 ms")) {
      world_.fail("no warning names the class and the task: " + warning);
    }
    heal();
  });
  return run();
}

Result Run::run() {
  run_process();
  if (master_->is_running()) master_->resume();
  world_.at(std::max(world_.now(), network_.stalled_until()) + 3s,
            [this] { ends_ = TimePoint::max(); });
  while (ends_ != TimePoint::max()) {  // what is under way arrives
    world_.advance_to(world_.next_event());
    world_.run_next_event();
  }
  check_account();
  Result result{.failures = world_.failures(), .transcript = world_.transcript()};
  const auto sum = [](const CountsByName& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  };
  for (const auto& process : processes_) result.requests += sum(process->counted());
  result.lost = result.requests - sum(master_->received());
  result.seconds = std::chrono::duration<double>(world_.now() - TimePoint{1h}).count();
  while (!processes_.empty()) processes_.pop_back();
  return result;
}

/// Runs a process until it exits. Called again, inside, when a killed process returns.
void Run::run_process() {
  processes_.push_back(
      std::make_unique<Process>(world_, network_, target_, options_, processes_.size()));
  Process& process = *processes_.back();
  process.run();
  if (process.was_killed() || may_end_early_ || process.got_quit()) return;
  if (options_.on_master_loss == OnMasterLoss::kQuit) return;
  world_.fail("the worker has exited, although nothing asked it to");
}

// --- the faults ---

void Run::plan() {
  const Duration length = world_.between(8s, 25s);
  const TimePoint begin = world_.now();
  ends_ = begin + length;
  world_.after(world_.between(100ms, 3s), [this] { master_->swarm(1 + world_.up_to(9), 5, 1); });
  const int faults = world_.up_to(3);
  for (int i = 0; i < faults; ++i) world_.after(world_.up_to(length), [this] { fault(); });
  const int commands = world_.up_to(6);
  for (int i = 0; i < commands; ++i) world_.after(world_.up_to(length), [this] { command(); });
  world_.at(ends_, [this] { heal(); });
}

void Run::fault() {
  if (process().has_exited()) return;
  const Duration length = length_of_fault();
  ends_ = std::max(ends_, world_.now() + length);
  const double seconds = std::chrono::duration<double>(length).count();
  switch (world_.up_to(11)) {
    case 0:
      world_.note("fault: the network stalls for {:.3f} s", seconds);
      return network_.stall(length);
    case 1:
      world_.note("fault: the connection breaks");
      return network_.break_connections(world_.one_in(4) ? world_.up_to(5s) : world_.up_to(50ms));
    case 2:
      world_.note("fault: the connection breaks, and none can be made for {:.3f} s", seconds);
      network_.refuse(length);
      return network_.break_connections(world_.up_to(50ms));
    case 3:
      return master_->suspend(length);
    case 4:
      return restart_master(length);
    case 5:
      world_.note("fault: the worker is suspended for {:.3f} s", seconds);
      return process().suspend(length);
    case 6:
      return kill_worker(std::min<Duration>(length, 20s));
    case 7: {
      const Duration step = world_.between(-1000s, 1000s);
      world_.note("fault: the worker's clock is set by {} s", step / 1s);
      return process().set_system_clock_forward(step);
    }
    case 8:
    case 9:
      world_.note("fault: the next task blocks a shard for {:.3f} s", seconds);
      return process().block(
          static_cast<std::size_t>(world_.up_to(static_cast<int>(process().shards()) - 1)), length);
    case 10:
      world_.note("fault: the target is slow or fails for {:.3f} s", seconds);
      target_.set(static_cast<Target::Mode>(1 + world_.up_to(2)));
      return world_.after(length, [this] {
        if (!healed_) target_.set(Target::Mode::kNormal);
      });
    default:
      world_.note("fault: the network is slow for {:.3f} s", seconds);
      network_.set_latency(world_.between(10ms, 900ms));
      return world_.after(length, [this] { network_.set_latency(2ms); });
  }
}

void Run::restart_master(Duration pause) {
  if (!master_->is_running()) return;
  check_twice(master_->received_here(), "the master has");
  master_->kill();
  world_.after(pause, [this] {
    if (master_->is_running()) return;
    master_->start();
    if (world_.one_in(2)) {
      world_.after(world_.between(1s, 9s), [this] {
        if (!healed_) master_->swarm(5, 5, 1);
      });
    }
  });
}

void Run::kill_worker(Duration pause) {
  if (process().has_exited()) return;
  has_killed_ = true;
  process().kill([this, pause] {
    const TimePoint returns = world_.now() + pause;
    while (world_.next_event() <= returns) {
      world_.advance_to(world_.next_event());
      world_.run_next_event();
    }
    world_.advance_to(returns);
    run_process();
  });
}

void Run::command() {
  if (process().has_exited()) return;
  switch (world_.up_to(9)) {
    case 0:
    case 1:
    case 2:
      return master_->swarm(world_.up_to(12), 1 + world_.up_to(5), world_.up_to(3));
    case 3:
    case 4:
      return master_->stop();
    case 5:
      world_.note("command: reconnect");
      return master_->ask_to_reconnect();
    case 6:
      return master_->send_custom();
    case 7:
      return master_->change_class();
    case 8:
      if (!world_.one_in(8)) return;
      world_.note("command: SIGTERM");
      may_end_early_ = true;
      return process().signal();
    default:
      if (!world_.one_in(8)) return;
      may_end_early_ = true;
      return master_->quit();
  }
}

// --- the time without faults ---

void Run::heal() {
  if (healed_) return;
  ends_ = std::max(ends_, process().end_blocks());
  if (world_.now() < ends_) return world_.at(ends_, [this] { heal(); });
  healed_ = true;
  world_.note("--- no more faults ---");
  network_.heal();
  target_.set(Target::Mode::kHealthy);
  if (!master_->is_running()) master_->start();
  // What the master sends while the worker follows a `reconnect` is lost, also for a Python worker.
  world_.after(3s, [this] { step(0, world_.now() + 160s); });
}

void Run::give_up(const std::string& what) {
  world_.fail(what);
  may_end_early_ = true;
  process().take_down();
}

/// Looks every half second whether the worker has done the next step of a test.
void Run::step(int stage, TimePoint deadline) {
  if (memory_in_use() > began_with_ + kMostUsed) {
    return give_up(fmt::format("the run uses {} bytes", memory_in_use() - began_with_));
  }
  Process& worker = process();
  if (worker.has_exited()) return;
  if (worker.was_killed()) {  // another process will start
    world_.after(500ms, [this, stage, deadline] { step(stage, deadline); });
    return;
  }
  const auto next = [&](Duration patience) {
    const TimePoint until = world_.now() + patience;
    world_.after(500ms, [this, stage, until] { step(stage + 1, until); });
  };
  const bool overdue = world_.now() > deadline;
  switch (stage) {
    case 0:  // registered, and idle
      if (master_->test_is_running()) master_->stop();
      if (master_->is_stopped() && master_->has_only_ready_worker(worker.identity()) &&
          worker.users == 0) {
        master_->swarm(6, 6, 1);
        return next(15s);
      }
      // With keep-running, users may run that this master has not started: its next test stops
      // them.
      if (options_.on_master_loss == OnMasterLoss::kKeepRunning && world_.one_in(20)) {
        master_->swarm(1, 1, 1);
      }
      if (overdue) return give_up("the worker has not come back to a healthy master");
      break;
    case 1:  // runs its users
      if (master_->users_of(worker.identity()) == master_->share() && master_->share() > 0) {
        return next(15s);
      }
      // The master did not know yet that the worker's connection had broken.
      if ((!master_->test_is_running() || master_->misses(worker.identity())) &&
          !std::exchange(begins_again_, true)) {
        world_.after(500ms, [this, until = world_.now() + 60s] { step(0, until); });
        return;
      }
      if (overdue) return give_up("the worker does not run the users that the master wants");
      break;
    case 2:
      master_->stop();
      return next(15s);
    case 3:  // idle again
      if (master_->is_stopped() && master_->has_only_ready_worker(worker.identity())) {
        if (worker.users != 0) return give_up("users exist after the end of the test");
        if (world_.one_in(2)) {
          master_->quit();
        } else {
          may_end_early_ = true;
          worker.signal();
        }
        return next(10s);
      }
      if (overdue) return give_up("the worker is not ready after the end of the test");
      break;
    default:
      if (overdue) return give_up("the worker has not exited");
      break;
  }
  world_.after(500ms, [this, stage, deadline] { step(stage, deadline); });
}

// --- the account ---

/// What users have reported to all processes of the worker, by name.
CountsByName Run::counted() const {
  CountsByName sum;
  for (const auto& process : processes_) {
    const CountsByName& counts = process->counted();
    if (sum.size() < counts.size()) sum.resize(counts.size());
    for (std::size_t name = 0; name < counts.size(); ++name) sum[name] += counts[name];
  }
  return sum;
}

/// No request is counted twice.
void Run::check_twice(const CountsByName& received, const char* who) {
  const CountsByName made = counted();
  for (std::size_t name = 0; name < received.size(); ++name) {
    const std::int64_t here = name < made.size() ? made[name] : 0;
    if (received[name] > here) {
      return world_.fail(
          fmt::format("{} counted {} of {} requests /{}", who, received[name], here, name));
    }
  }
}

void Run::check_account() {
  check_twice(master_->received_here(), "the master has");
  const CountsByName& received = master_->received();
  if (options_.on_master_loss != OnMasterLoss::kKeepRunning) check_twice(received, "masters have");
  for (const auto& process : processes_) {
    std::int64_t missing = 0;
    const CountsByName& made = process->counted();
    for (std::size_t name = 0; name < made.size(); ++name) {
      const std::int64_t arrived = name < received.size() ? received[name] : 0;
      missing += std::max<std::int64_t>(0, made[name] - arrived);
    }
    world_.note("account of {}: {} requests missing, {} given up in the log", process->identity(),
                missing, process->dropped());
    if (missing > process->dropped() && !process->was_killed() && !options_.reset_stats) {
      world_.fail(fmt::format("{} requests are missing, and the log gave up only {}", missing,
                              process->dropped()));
    }
  }
}

}  // namespace

Result simulate_blocked_shard() { return Run(1, true).play_blocked_shard(); }

Result simulate(std::uint64_t seed, bool keeps_transcript) {
  const std::size_t before = memory_in_use();
  auto run = std::make_unique<Run>(seed, keeps_transcript);
  Result result = run->play();
  const bool has_killed = run->has_killed();
  run.reset();
  // What runs keep for the next one (caches, buffers) is small. A killed process leaks its stacks.
  if (!has_killed && !keeps_transcript && memory_in_use() > before + kMostKept) {
    result.failures.push_back(fmt::format("the run has leaked {} bytes", memory_in_use() - before));
  }
  return result;
}

}  // namespace cppworker::simulation
