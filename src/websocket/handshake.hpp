#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/http_response.hpp>

#include "websocket/message_reader.hpp"

namespace cppworker::websocket {

// The opening handshake (RFC 6455, section 4; RFC 7692, section 7).

/// A Sec-WebSocket-Key. @param random 16 bytes
[[nodiscard]] std::string handshake_key(const std::array<std::uint64_t, 2>& random);
/// The Sec-WebSocket-Accept that belongs to a key.
[[nodiscard]] std::string handshake_accept(std::string_view key);

/// What a client offers.
struct Offer {
  std::string key{};
  std::vector<std::string> subprotocols{};
  bool compression = false;
  bool server_context = false;  ///< the server may compress with context
};

/// "Name: value" of the headers that ask for a WebSocket.
[[nodiscard]] Pairs request_headers(const Offer& offer);

/// What client and server have agreed on.
struct Agreement {
  std::string subprotocol{};  ///< "": none
  Compression compression = Compression::kNone;
  int client_window_bits = 15;
  std::string error{};  ///< why the response is not acceptable; "": it is
};

/// @param response with the status 101
[[nodiscard]] Agreement check_response(const Offer& offer, const ResponseHeaders& response);

}  // namespace cppworker::websocket
