#include "unit/mqtt/golden.hpp"

#include <fstream>

namespace cppworker::mqtt::golden {

std::vector<Packet> packets(std::string_view from) {
  std::ifstream file(CPPWORKER_GOLDEN_DIR "/mqtt_packets.json");
  std::vector<Packet> found;
  for (const auto& packet : nlohmann::json::parse(file)) {
    if (packet["from"] != from) continue;
    Packet& next = found.emplace_back();
    next.name = packet["name"];
    next.protocol = packet["protocol"] == 5 ? MqttProtocol::kV5 : MqttProtocol::kV311;
    if (packet.contains("fields")) next.fields = packet["fields"];
    const std::string hex = packet["hex"];
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      next.bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
  }
  return found;
}

}  // namespace cppworker::mqtt::golden
