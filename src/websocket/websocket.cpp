#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <cppworker/websocket.hpp>

#include "websocket/client.hpp"

namespace cppworker {

namespace {

const std::string kNotConnected = "WebSocketError('not connected')";  // NOLINT(cert-err58-cpp)
const std::string kNoText;

/// A call keeps the client, because another coroutine may replace it meanwhile.
websocket::Client& connected(const std::shared_ptr<websocket::Client>& client) {
  if (client == nullptr) {
    throw std::logic_error("the WebSocket was never connected: call client().websocket(…) first");
  }
  return *client;
}

}  // namespace

WebSocket::WebSocket() = default;
WebSocket::WebSocket(HttpSession& session, std::string_view url, const WebSocketOptions& options)
    : client_(websocket::Client::connect(session.http_client(), url, options)) {}
WebSocket::~WebSocket() = default;
WebSocket::WebSocket(WebSocket&& other) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&& other) noexcept = default;

bool WebSocket::send(std::string_view message, const WebSocketSend& options) {
  const auto client = client_;
  return connected(client).send(message, options);
}

WebSocketMessage WebSocket::receive(Seconds timeout, const WebSocketReceive& options) {
  const auto client = client_;
  return connected(client).receive(timeout, options.name);
}

WebSocketMessage WebSocket::request(std::string_view message, const WebSocketRequest& options,
                                    const Check& check) {
  const auto client = client_;
  return connected(client).request(message, options, check);
}

void WebSocket::on_message(OnMessage function) {
  connected(client_).on_message(std::move(function));
}

void WebSocket::close(std::uint16_t code, std::string_view reason, Seconds timeout) {
  const auto client = client_;
  if (client != nullptr) client->close(code, reason, timeout);
}

bool WebSocket::wait_closed(Seconds timeout) {
  const auto client = client_;
  return client == nullptr || client->wait_closed(timeout);
}

bool WebSocket::is_open() const { return client_ != nullptr && client_->is_open(); }
const std::string& WebSocket::error() const {
  return client_ == nullptr ? kNotConnected : client_->error();
}
std::uint16_t WebSocket::close_code() const {
  return client_ == nullptr ? std::uint16_t{0} : client_->close_code();
}
const std::string& WebSocket::subprotocol() const {
  return client_ == nullptr ? kNoText : client_->subprotocol();
}
int WebSocket::status_code() const { return client_ == nullptr ? 0 : client_->status_code(); }

}  // namespace cppworker
