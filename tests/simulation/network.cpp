#include "network.hpp"

#include <algorithm>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.hpp"

namespace cppworker::simulation {

WirePtr Network::open(const std::string& identity) {
  auto wire = std::make_shared<Wire>();
  wire->id = ++last_id_;
  wire->identity = identity;
  wire->master_end = true;
  std::erase_if(wires_, [](const WirePtr& old) {
    return !old->worker_end && !old->master_end && old->to_master.messages.empty();
  });
  wires_.push_back(wire);
  listener.opened(wire);
  return wire;
}

void Network::to_master(const WirePtr& wire, Message message) {
  put(wire, &Wire::to_master, std::move(message));
}

void Network::to_worker(const WirePtr& wire, Message message) {
  if (wire->master_end) put(wire, &Wire::to_worker, std::move(message));
}

void Network::put(const WirePtr& wire, Wire::Direction Wire::*which, Message message) {
  Wire::Direction& direction = (*wire).*which;
  message.number = ++direction.sent;
  direction.last_due = std::max(direction.last_due, world_.now() + latency());
  direction.messages.push_back({direction.last_due, std::move(message)});
  if (!std::exchange(direction.pumping, true)) {
    world_.at(direction.last_due, [this, wire, which] { pump(wire, which); });
  }
}

void Network::pump(const WirePtr& wire, Wire::Direction Wire::*which) {
  Wire::Direction& direction = (*wire).*which;
  direction.pumping = false;
  while (!direction.messages.empty()) {
    const TimePoint due = std::max(direction.messages.front().due, stalled_until_);
    if (due > world_.now()) {
      direction.pumping = true;
      world_.at(due, [this, wire, which] { pump(wire, which); });
      return;
    }
    Message message = std::move(direction.messages.front().message);
    direction.messages.pop_front();
    deliver(wire, which, std::move(message));
  }
}

void Network::deliver(const WirePtr& wire, Wire::Direction Wire::*which, Message message) {
  if (which == &Wire::to_worker) {
    if (wire->worker_end) wire->worker_receives(std::move(message));
  } else if (wire->master_end && !wire->ignored) {
    listener.received(wire, std::move(message));
  }
}

/// The connection ends: some of the first messages under way have arrived already.
void Network::deliver_some(const WirePtr& wire, Wire::Direction Wire::*which) {
  Wire::Direction& direction = (*wire).*which;
  auto messages = std::exchange(direction.messages, {});
  if (messages.empty() || world_.now() < stalled_until_) return;
  const int arrive = world_.up_to(static_cast<int>(messages.size()));
  for (int i = 0; i < arrive; ++i) {
    deliver(wire, which, std::move(messages[static_cast<std::size_t>(i)].message));
  }
}

void Network::close_master_end(const WirePtr& wire, Duration delay) {
  world_.at(std::max(world_.now(), stalled_until_) + delay, [this, wire] {
    if (std::exchange(wire->master_end, false)) listener.closed(wire);
  });
}

void Network::break_wire(const WirePtr& wire, Duration master_sees) {
  deliver_some(wire, &Wire::to_master);
  deliver_some(wire, &Wire::to_worker);
  if (std::exchange(wire->worker_end, false)) wire->worker_loses();
  close_master_end(wire, master_sees);
}

void Network::break_connections(Duration master_sees) {
  const std::vector<WirePtr> wires = wires_;
  for (const WirePtr& wire : wires) {
    if (wire->worker_end) break_wire(wire, master_sees);
  }
}

void Network::close_worker_end(const WirePtr& wire) {
  wire->worker_end = false;
  wire->to_worker.messages.clear();
  // What the worker has written before is sent; the rest is lost with the socket.
  auto& messages = wire->to_master.messages;
  messages.resize(static_cast<std::size_t>(world_.up_to(static_cast<int>(messages.size()))));
  const TimePoint last = messages.empty() ? world_.now() : messages.back().due;
  close_master_end(wire, std::max(last - world_.now(), Duration{}) + latency());
}

void Network::close_master_ends() {
  const std::vector<WirePtr> wires = wires_;
  for (const WirePtr& wire : wires) {
    wire->to_master.messages.clear();
    const bool was_open = std::exchange(wire->master_end, false);
    if (was_open) listener.closed(wire);
    world_.at(std::max(world_.now(), stalled_until_) + latency(), [wire] {
      if (std::exchange(wire->worker_end, false)) wire->worker_loses();
    });
  }
}

void Network::heal() {
  stalled_until_ = refused_until_ = {};
  most_latency_ = 2ms;
}

Connection::Connection(World& world, Network& network, std::string identity, Observer observer)
    : world_(world),
      network_(network),
      identity_(std::move(identity)),
      observer_(std::move(observer)),
      fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      self_(std::make_shared<Connection*>(this)) {
  CHECK(fd_ >= 0);
}

Connection::~Connection() {
  *self_ = nullptr;
  drop_wire();
  ::close(fd_);
}

void Connection::die() {
  closed_ = true;
  events_.clear();
  drop_wire();
}

std::optional<Connection::LinkEvent> Connection::next_event() {
  if (events_.empty()) return std::nullopt;
  Queued next = std::move(events_.front());
  events_.pop_front();
  if (std::holds_alternative<Down>(next.event)) {
    down_is_unread_ = false;
    observer_.down();
  } else if (std::holds_alternative<Up>(next.event)) {
    observer_.up();
  } else if (std::holds_alternative<Received>(next.event)) {
    observer_.received(next.message);
  }
  return std::move(next.event);
}

bool Connection::send(std::string bytes) {
  if (!up_ || down_is_unread_) {
    observer_.refused({.bytes = std::move(bytes)});
    return false;
  }
  Message message{.bytes = std::move(bytes), .number = wire_->to_master.sent + 1};
  observer_.sent(message);
  network_.to_master(wire_, std::move(message));
  return true;
}

void Connection::reopen() {
  const bool was_up = up_;
  drop_wire();
  events_.clear();
  down_is_unread_ = false;
  if (was_up) observer_.down();
  failed_ = 0;
  try_later(was_up ? Duration{100ms} : Duration{1ms});
}

/// What was sent arrives: the kernel goes on sending after the end of the process.
void Connection::close(std::chrono::milliseconds) {
  closed_ = true;
  if (wire_ != nullptr) {
    wire_->worker_receives = [](Message) {};
    wire_->worker_loses = [] {};
    wire_.reset();
  }
  up_ = false;
}

void Connection::try_later(Duration delay) {
  world_.after(delay, [self = self_, number = ++tries_] {
    if (*self != nullptr && (*self)->tries_ == number) (*self)->try_to_connect();
  });
}

void Connection::try_to_connect() {
  if (closed_) return;
  const TimePoint now = world_.now();
  if (now < network_.stalled_until()) return try_later(network_.stalled_until() - now + 1ms);
  if (network_.refuses() || !network_.listener.listens()) {
    add(Trouble{"no process accepts connections at the master's address", true});
    return try_later(std::min<Duration>(100ms * ++failed_, 1s));
  }
  if (network_.listener.is_suspended()) return try_later(3s);  // the handshake times out
  wire_ = network_.open(identity_);
  wire_->worker_receives = [this](Message message) { arrived(std::move(message)); };
  wire_->worker_loses = [this] { lost(); };
  up_ = true;
  failed_ = 0;
  add(Up{});
}

void Connection::arrived(Message message) {
  std::string bytes = message.bytes;
  events_.push_back({Received{std::move(bytes)}, std::move(message)});
  observer_.has_event();
}

void Connection::lost() {
  up_ = false;
  wire_.reset();
  down_is_unread_ = true;
  add(Down{});
  try_later(world_.between(100ms, 200ms));
}

void Connection::drop_wire() {
  up_ = false;
  if (wire_ == nullptr) return;
  network_.close_worker_end(wire_);
  wire_.reset();
}

void Connection::add(LinkEvent event) {
  events_.push_back({std::move(event), {}});
  observer_.has_event();
}

}  // namespace cppworker::simulation
