#include "protocol/messages.hpp"

namespace cppworker::protocol {
namespace {

struct WireType {
  std::string_view operator()(const ClientReady& /*message*/) const { return "client_ready"; }
  std::string_view operator()(const Heartbeat& /*message*/) const { return "heartbeat"; }
  std::string_view operator()(const Spawning& /*message*/) const { return "spawning"; }
  std::string_view operator()(const SpawningComplete& /*message*/) const {
    return "spawning_complete";
  }
  std::string_view operator()(const StatsReport& /*message*/) const { return "stats"; }
  std::string_view operator()(const Exception& /*message*/) const { return "exception"; }
  std::string_view operator()(const Logs& /*message*/) const { return "logs"; }
  std::string_view operator()(const ClientStopped& /*message*/) const { return "client_stopped"; }
  std::string_view operator()(const Quit& /*message*/) const { return "quit"; }
  std::string_view operator()(const Custom& message) const { return message.type; }

  std::string_view operator()(const Ack& /*message*/) const { return "ack"; }
  std::string_view operator()(const Spawn& /*message*/) const { return "spawn"; }
  std::string_view operator()(const ClusterSpawningComplete& /*message*/) const {
    return "spawning_complete";
  }
  std::string_view operator()(const Stop& /*message*/) const { return "stop"; }
  std::string_view operator()(const Reconnect& /*message*/) const { return "reconnect"; }
  std::string_view operator()(const HeartbeatAnswer& /*message*/) const { return "heartbeat"; }
  std::string_view operator()(const UpdateUserClass& /*message*/) const {
    return "update_user_class";
  }
};

}  // namespace

std::string_view wire_type(const WorkerMessage& message) { return std::visit(WireType{}, message); }
std::string_view wire_type(const MasterMessage& message) { return std::visit(WireType{}, message); }

}  // namespace cppworker::protocol
