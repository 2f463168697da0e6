#include "protocol/encode.hpp"

#include <utility>
#include <variant>

#include "protocol/packer.hpp"
#include "protocol/sendable.hpp"
#include "protocol/stats_codec.hpp"
#include "protocol/value_codec.hpp"

namespace cppworker::protocol {
namespace {

std::string_view state_name(WorkerState state) {
  switch (state) {
    case WorkerState::kReady:
      return "ready";
    case WorkerState::kSpawning:
      return "spawning";
    case WorkerState::kRunning:
      return "running";
  }
  return "ready";
}

/// Packs the data of each kind of message.
struct DataPacker {
  Packer& packer;

  void operator()(const ClientReady& /*message*/) const { packer.integer(-1); }
  void operator()(const Spawning& /*message*/) const { packer.nil(); }
  void operator()(const ClientStopped& /*message*/) const { packer.nil(); }
  void operator()(const Quit& /*message*/) const { packer.nil(); }
  void operator()(const StatsReport& message) const { pack_stats(packer, message); }
  void operator()(const Custom& message) const { pack_value(packer, message.data); }

  void operator()(const Heartbeat& message) const {
    packer.map(3);
    packer.text("state");
    packer.text(state_name(message.state));
    packer.text("current_cpu_usage");
    packer.real(message.current_cpu_usage);
    packer.text("current_memory_usage");
    packer.integer(message.current_memory_usage);
  }

  void operator()(const SpawningComplete& message) const {
    packer.map(2);
    packer.text("user_classes_count");
    pack_counts(packer, message.user_classes_count);
    packer.text("user_count");
    packer.integer(message.user_count);
  }

  void operator()(const Exception& message) const {
    packer.map(2);
    packer.text("msg");
    packer.text(message.msg);
    packer.text("traceback");
    packer.text(message.traceback);
  }

  void operator()(const Logs& message) const {
    packer.map(2);
    packer.text("worker_id");
    packer.text(message.worker_id);
    packer.text("logs");
    packer.array(message.lines.size());
    for (const std::string& line : message.lines) {
      packer.text(line);
    }
  }
};

}  // namespace

std::string encode(const WorkerMessage& message, std::string_view node_id) {
  std::string type(wire_type(message));
  if (std::holds_alternative<Custom>(message) && is_reserved_type(type)) {
    type.insert(0, "custom ");
  }
  Packer packer;
  packer.array(3);
  packer.text(type);
  std::visit(DataPacker{packer}, message);
  packer.text(node_id);
  return std::move(packer).take();
}

}  // namespace cppworker::protocol
