#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "transport/master_connection.hpp"
#include "world.hpp"

namespace cppworker::simulation {

/// A message under way.
struct Message {
  std::string bytes;
  std::uint64_t number = 0;   ///< of the sender on this wire, from 1
  std::uint64_t answers = 0;  ///< the number of the message that it answers; 0: none
};

/// One TCP connection between a worker and a master. Each direction delivers in order.
struct Wire {
  struct Direction {
    struct UnderWay {
      TimePoint due;
      Message message;
    };
    std::deque<UnderWay> messages;
    TimePoint last_due{};
    bool pumping = false;
    std::uint64_t sent = 0;
  };
  std::uint64_t id = 0;
  std::string identity;
  Direction to_master;
  Direction to_worker;
  bool worker_end = true;   ///< open
  bool master_end = false;  ///< open
  /// The master had another connection with this identity when this one came: it reads nothing.
  bool ignored = false;
  std::function<void(Message)> worker_receives{};
  std::function<void()> worker_loses{};  ///< the connection broke
};
using WirePtr = std::shared_ptr<Wire>;

/// The network between the worker and the master's address, with its faults.
class Network {
 public:
  explicit Network(World& world) : world_(world) {}

  /// The master's process. All are set before the first connection.
  struct Listener {
    std::function<bool()> listens;       ///< a process listens at the address
    std::function<bool()> is_suspended;  ///< it does not run
    std::function<void(const WirePtr&)> opened;
    std::function<void(const WirePtr&, Message)> received;
    std::function<void(const WirePtr&)> closed;
  };
  Listener listener;

  // Faults.
  /// Nothing arrives until then; TCP delivers it later.
  void stall(Duration duration) {
    stalled_until_ = std::max(stalled_until_, world_.now() + duration);
  }
  /// No connection can be made until then.
  void refuse(Duration duration) {
    refused_until_ = std::max(refused_until_, world_.now() + duration);
  }
  /// All connections break. Of the messages under way, the first ones still arrive.
  /// @param master_sees how much later the master learns of it
  void break_connections(Duration master_sees);
  void set_latency(Duration most) { most_latency_ = most; }
  /// Ends all faults.
  void heal();

  [[nodiscard]] bool refuses() const { return world_.now() < refused_until_; }
  [[nodiscard]] TimePoint stalled_until() const { return stalled_until_; }
  [[nodiscard]] Duration latency() { return world_.between(20us, most_latency_); }

  WirePtr open(const std::string& identity);
  void to_master(const WirePtr& wire, Message message);
  void to_worker(const WirePtr& wire, Message message);
  /// The worker closes its end. What it has sent may still arrive.
  void close_worker_end(const WirePtr& wire);
  /// The master's process ends: its ends close, and what it has not read is lost.
  void close_master_ends();

 private:
  void put(const WirePtr& wire, Wire::Direction Wire::*which, Message message);
  void pump(const WirePtr& wire, Wire::Direction Wire::*which);
  void deliver(const WirePtr& wire, Wire::Direction Wire::*which, Message message);
  void deliver_some(const WirePtr& wire, Wire::Direction Wire::*which);
  void close_master_end(const WirePtr& wire, Duration delay);
  void break_wire(const WirePtr& wire, Duration master_sees);

  World& world_;
  std::vector<WirePtr> wires_;
  std::uint64_t last_id_ = 0;
  TimePoint stalled_until_{};
  TimePoint refused_until_{};
  Duration most_latency_ = 2ms;
};

/// The worker's connection, in place of MasterLink.
class Connection final : public transport::MasterConnection {
 public:
  /// What the rest of the simulation learns.
  struct Observer {
    std::function<void()> has_event;  ///< next_event() has something
    std::function<void(const Message&)> sent;
    std::function<void(const Message&)> refused;  ///< by the socket: the connection is broken
    std::function<void(const Message&)> received;
    std::function<void()> up;
    std::function<void()> down;
  };

  Connection(World& world, Network& network, std::string identity, Observer observer);
  ~Connection() override;

  /// The process was killed.
  void die();
  [[nodiscard]] bool is_up() const { return up_; }

  [[nodiscard]] int fd() const override { return fd_; }
  std::optional<LinkEvent> next_event() override;
  [[nodiscard]] bool send(std::string bytes) override;
  [[nodiscard]] std::size_t unsent() const override { return 0; }
  void reopen() override;
  void check_address() override {}  // the master's address is always the same
  void close(std::chrono::milliseconds linger) override;

 private:
  void try_later(Duration delay);
  void try_to_connect();
  void drop_wire();
  void add(LinkEvent event);
  void lost();
  void arrived(Message message);

  struct Queued {
    LinkEvent event;
    Message message;
  };

  World& world_;
  Network& network_;
  const std::string identity_;
  const Observer observer_;
  int fd_;
  WirePtr wire_;
  bool up_ = false;
  bool down_is_unread_ = false;
  bool closed_ = false;
  std::uint64_t tries_ = 0;  // a newer try replaces one that is under way
  std::uint64_t failed_ = 0;
  std::deque<Queued> events_;
  std::shared_ptr<Connection*> self_;  // null after the destruction
};

}  // namespace cppworker::simulation
