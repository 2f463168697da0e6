#include "master.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "protocol/packer.hpp"
#include "protocol/value_codec.hpp"

namespace cppworker::simulation {
namespace {

constexpr int kLiveness = 3;   // HEARTBEAT_LIVENESS
constexpr int kRemoved = -60;  // HEARTBEAT_DEAD_INTERNAL
constexpr std::size_t kMostNames = 100'000;

std::int64_t integer(const Value& map, std::string_view key) {
  std::int64_t number = 0;
  const Value* const value = map.find(key);
  return value != nullptr && value->to_int64(number) ? number : 0;
}

std::string text(const Value& map, std::string_view key) {
  const Value* const value = map.find(key);
  const std::string* const string = value == nullptr ? nullptr : value->as_string();
  return string == nullptr ? std::string() : *string;
}

}  // namespace

Master::Master(World& world, Network& network, bool has_other_worker)
    : world_(world), network_(network), has_other_(has_other_worker) {
  network.listener = {.listens = [this] { return running_; },
                      .is_suspended = [this] { return world_.now() < suspended_until_; },
                      .opened = [this](const WirePtr& wire) { opened(wire); },
                      .received = [this](const WirePtr& wire,
                                         Message message) { received(wire, std::move(message)); },
                      .closed = [this](const WirePtr& wire) { closed(wire); }};
}

void Master::start() {
  running_ = true;
  ++process_;
  world_.note("master: process {} starts", process_);
  state_ = State::kReady;
  workers_.clear();
  wires_.clear();
  unread_.clear();
  received_here_.clear();
  dispatching_ = false;
  ++dispatch_;
  target_ = users_ = share_ = 0;
  suspended_until_ = {};
  world_.after(world_.up_to(1s), [this, process = process_] {
    if (process == process_) tick();
  });
}

void Master::kill() {
  if (!running_) return;
  world_.note("master: killed");
  running_ = false;
  ++process_;
  ++dispatch_;
  unread_.clear();
  workers_.clear();
  suspended_until_ = {};
  network_.close_master_ends();
  wires_.clear();
}

void Master::suspend(Duration duration) {
  if (!running_) return;
  world_.note("master: suspended for {:.3f} s", std::chrono::duration<double>(duration).count());
  suspended_until_ = std::max(suspended_until_, world_.now() + duration);
  world_.at(suspended_until_, [this, process = process_] {
    if (process == process_ && world_.now() >= suspended_until_) resume();
  });
}

void Master::resume() {
  suspended_until_ = {};
  for (auto& [wire, message] : std::exchange(unread_, {})) read(wire, message);
}

// --- connections ---

void Master::opened(const WirePtr& wire) {
  WirePtr& present = wires_[wire->identity];
  if (present != nullptr && present->master_end) {
    world_.note("master: ignores a second connection of the worker");
    wire->ignored = true;
    return;
  }
  present = wire;
}

void Master::closed(const WirePtr& wire) {
  const auto found = wires_.find(wire->identity);
  if (found != wires_.end() && found->second == wire) wires_.erase(found);
}

void Master::received(const WirePtr& wire, Message message) {
  if (!running_) return;
  if (world_.now() < suspended_until_) {
    unread_.emplace_back(wire, std::move(message));
  } else {
    read(wire, message);
  }
}

void Master::send(const std::string& identity, std::string type, Value data,
                  std::uint64_t answers) {
  const auto wire = wires_.find(identity);
  if (wire == wires_.end()) return;
  world_.note("master -> {}", type);
  protocol::Packer packer;
  protocol::pack_value(packer, Value::List{std::move(type), std::move(data), identity});
  network_.to_worker(wire->second, {.bytes = std::move(packer).take(), .answers = answers});
}

void Master::send_to_all(const std::string& type, const Value& data) {
  for (const auto& [identity, worker] : workers_) send(identity, type, data);
}

// --- messages ---

void Master::read(const WirePtr& wire, const Message& message) {
  const auto decoded = protocol::unpack_value(message.bytes);
  const Value::List* const list = decoded.ok() ? decoded.value().as_list() : nullptr;
  if (list == nullptr || list->size() != 3) {
    return world_.fail("the master got bytes that it can't read");
  }
  const std::string& type = *(*list)[0].as_string();
  const Value& data = (*list)[1];
  const std::string& id = wire->identity;
  if (type != "heartbeat") world_.note("master reads {}", type);
  const auto known = workers_.find(id);
  const bool is_known = known != workers_.end();
  if (type == "client_ready") {
    workers_[id] = Worker{};
    send(id, "ack", Value{{"index", 0}}, message.number);
    rebalance();
  } else if (type == "heartbeat") {
    if (!is_known) return;
    Worker& worker = known->second;
    worker.heartbeat = kLiveness;
    const std::string state = text(data, "state");
    if (state != "ready" && state != "spawning" && state != "running") {
      world_.fail("a heartbeat has the state '" + state + "'");
    }
    const bool was_missing = worker.state == WorkerState::kMissing;
    worker.state = state == "ready"      ? WorkerState::kReady
                   : state == "spawning" ? WorkerState::kSpawning
                                         : WorkerState::kRunning;
    if (was_missing) rebalance();
    send(id, "heartbeat", {}, message.number);
  } else if (type == "stats") {
    count(data);
    if (is_known) known->second.users = integer(data, "user_count");
  } else if (type == "spawning" || type == "spawning_complete") {
    if (!is_known) {
      world_.note("master: makes an unknown worker quit");
      refused_worker_ = true;
      return send(id, "quit", {});
    }
    if (type == "spawning_complete") {
      known->second.users = integer(data, "user_count");
      known->second.state = WorkerState::kRunning;
    } else {
      known->second.state = WorkerState::kSpawning;
    }
  } else if (type == "client_stopped" || type == "quit") {
    if (is_known) workers_.erase(known);
    if (type == "quit") check_stopped();
  } else if (type != "exception" && type != "logs" && type != "custom") {
    world_.fail("the master got an unknown message: " + type);
  }
  check_stopped();
}

void Master::count(const Value& report) {
  const Value* const rows = report.find("stats");
  if (rows == nullptr || rows->as_list() == nullptr) return world_.fail("a report has no stats");
  std::int64_t sum = 0;
  std::int64_t failures = 0;
  for (const Value& row : *rows->as_list()) {
    const std::string name = text(row, "name");
    const std::int64_t requests = integer(row, "num_requests");
    const std::size_t index = std::strtoull(name.c_str() + 1, nullptr, 10);
    if (name.size() < 2 || index >= kMostNames) return world_.fail("a report has the name " + name);
    sum += requests;
    failures += integer(row, "num_failures");
    for (CountsByName* counts : {&received_, &received_here_}) {
      if (counts->size() <= index) counts->resize(index + 1);
      (*counts)[index] += requests;
    }
  }
  const Value* const total = report.find("stats_total");
  if (total == nullptr || integer(*total, "num_requests") != sum ||
      integer(*total, "num_failures") != failures) {
    world_.fail("the total of a report is not the sum of its rows");
  }
  std::int64_t users = 0;
  if (const Value* const classes = report.find("user_classes_count")) {
    for (const auto& [name, number] : *classes->as_map()) {
      std::int64_t of_class = 0;
      if (number.to_int64(of_class)) users += of_class;
    }
  }
  if (users != integer(report, "user_count")) {
    world_.fail("the user_count of a report is not the sum of its classes");
  }
  world_.note("master counts {} requests, {} users", sum, users);
}

// --- the test ---

void Master::tick() {
  world_.after(1s, [this, process = process_] {
    if (process == process_) tick();
  });
  if (world_.now() < suspended_until_) return;
  bool one_is_missing = false;
  for (auto worker = workers_.begin(); worker != workers_.end();) {
    if (worker->second.heartbeat < 0 && worker->second.state != WorkerState::kMissing) {
      world_.note("master: the worker is missing");
      worker->second.state = WorkerState::kMissing;
      worker->second.users = 0;
      one_is_missing = true;
    } else {
      --worker->second.heartbeat;
    }
    if (worker->second.heartbeat <= kRemoved) {
      world_.note("master: removes the worker");
      worker = workers_.erase(worker);
    } else {
      ++worker;
    }
  }
  if (one_is_missing && workers_present() == 0 && test_is_running()) {
    world_.note("master: the last worker went missing, stopping the test");
    stop();
  }
  if (state_ == State::kStopping && world_.now() > stopping_since_ + 30s) state_ = State::kStopped;
  check_stopped();
}

std::size_t Master::workers_present() const {
  std::size_t present = has_other_ ? 1 : 0;
  for (const auto& [id, worker] : workers_) {
    if (worker.state != WorkerState::kMissing) ++present;
  }
  return present;
}

void Master::swarm(std::int64_t users, std::int64_t spawn_rate, double stop_timeout) {
  if (!running_ || state_ == State::kStopping || workers_present() == 0) return;
  if (is_reconnecting()) return;
  world_.note("master: swarm {} users, {} per second", users, spawn_rate);
  if (!test_is_running()) {
    users_ = 0;
    dispatching_ = false;
    stop_timeout_ = stop_timeout;
  }
  target_ = users;
  spawn_rate_ = spawn_rate;
  begin_dispatch();
}

void Master::begin_dispatch() {
  state_ = State::kSpawning;
  dispatching_ = true;
  ++dispatch_;
  dispatch();
}

void Master::dispatch() {
  const std::uint64_t number = dispatch_;
  if (world_.now() < suspended_until_) {
    world_.at(suspended_until_ + 1ms, [this, number] {
      if (number == dispatch_) dispatch();
    });
    return;
  }
  users_ = users_ < target_ ? std::min(target_, users_ + spawn_rate_)
                            : std::max(target_, users_ - spawn_rate_);
  const auto present = static_cast<std::int64_t>(workers_present());
  share_ = present == 0 ? 0 : (users_ + present - 1) / present;
  const std::int64_t of_a = (share_ * 2 + 2) / 3;
  for (const auto& [id, worker] : workers_) {
    if (worker.state == WorkerState::kMissing) continue;
    world_.note("master: {} users for the worker", share_);
    send(id, "spawn",
         Value{{"timestamp", world_.unix_now()},
               {"user_classes_count", Value{{"Shopper", of_a}, {"Visitor", share_ - of_a}}},
               {"host", nullptr},
               {"stop_timeout", stop_timeout_},
               {"parsed_options", Value{{"run_time", nullptr}}}});
  }
  if (users_ != target_) {
    world_.after(1s, [this, number] {
      if (number == dispatch_) dispatch();
    });
    return;
  }
  world_.after(300ms, [this, number] {
    if (number != dispatch_ || state_ != State::kSpawning) return;
    state_ = State::kRunning;
    if (!has_rebalanced_) dispatching_ = false;
    send_to_all("spawning_complete", Value{{"user_count", users_}});
  });
}

/// A worker has come (back) while a test runs.
void Master::rebalance() {
  if (state_ != State::kRunning || dispatching_) return;
  has_rebalanced_ = true;
  begin_dispatch();
}

/// What a master sends while a worker follows its `reconnect` is lost, also for a Python worker.
bool Master::is_reconnecting() const { return world_.now() < reconnect_asked_ + 1500ms; }

void Master::stop() {
  if (!running_ || !test_is_running() || is_reconnecting()) return;
  world_.note("master: stop");
  ++dispatch_;
  state_ = State::kStopping;
  stopping_since_ = world_.now();
  has_rebalanced_ = false;
  share_ = 0;
  send_to_all("stop", {});
  check_stopped();
}

void Master::check_stopped() {
  if (state_ != State::kStopping) return;
  for (const auto& [id, worker] : workers_) {
    if (worker.state == WorkerState::kSpawning || worker.state == WorkerState::kRunning) return;
  }
  state_ = State::kStopped;
  users_ = 0;
}

void Master::quit() {
  if (!running_) return;
  world_.note("master: quit");
  ++dispatch_;
  for (const Duration delay : {Duration{0s}, Duration{500ms}, Duration{1s}}) {
    world_.after(delay, [this, process = process_] {
      if (process == process_) send_to_all("quit", {});
    });
  }
}

void Master::ask_to_reconnect() {
  reconnect_asked_ = world_.now();
  send_to_all("reconnect", {});
}

void Master::send_custom() { send_to_all("custom", Value{{"x", 1}}); }

void Master::change_class() {
  send_to_all("update_user_class", Value{{"user_class_name", "Shopper"}, {"host", "http://x"}});
}

bool Master::has_only_ready_worker(const std::string& identity) const {
  for (const auto& [id, worker] : workers_) {
    if (worker.state != (id == identity ? WorkerState::kReady : WorkerState::kMissing))
      return false;
  }
  return workers_.count(identity) == 1;
}

bool Master::misses(const std::string& identity) const {
  const auto found = workers_.find(identity);
  return found != workers_.end() && found->second.state == WorkerState::kMissing;
}

std::int64_t Master::users_of(const std::string& identity) const {
  const auto found = workers_.find(identity);
  return found == workers_.end() ? -1 : found->second.users;
}

}  // namespace cppworker::simulation
