#include <utility>

#include <cppworker/mqtt_client.hpp>

#include "mqtt/client.hpp"

namespace cppworker {

MqttClient::MqttClient(std::unique_ptr<mqtt::Client> client) : client_(std::move(client)) {}
MqttClient::~MqttClient() = default;

bool MqttClient::connect() { return client_->connect(); }
void MqttClient::disconnect(std::uint8_t reason) { client_->disconnect(reason); }
bool MqttClient::is_connected() const { return client_->is_connected(); }
const std::string& MqttClient::client_id() const { return client_->client_id(); }

bool MqttClient::publish(std::string_view topic, std::string_view payload,
                         const MqttPublish& options) {
  return client_->publish(topic, payload, options);
}

bool MqttClient::subscribe(std::string_view filter, const MqttSubscribe& options) {
  return client_->subscribe(filter, options);
}

bool MqttClient::unsubscribe(std::string_view filter) { return client_->unsubscribe(filter); }

MqttMessage MqttClient::receive(std::string_view filter, Seconds timeout) {
  return client_->receive(filter, timeout);
}

MqttMessage MqttClient::request(std::string_view topic, std::string_view payload,
                                const MqttRequest& options) {
  return client_->request(topic, payload, options);
}

void MqttClient::keep(MqttMessage message) { client_->keep(std::move(message)); }
std::size_t MqttClient::in_flight() const { return client_->in_flight(); }
bool MqttClient::drain(Seconds timeout) { return client_->drain(timeout); }

}  // namespace cppworker
