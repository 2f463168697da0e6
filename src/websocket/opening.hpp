#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/connection.hpp"
#include "net/deadline.hpp"
#include "websocket/handshake.hpp"

namespace cppworker::websocket {

/// What a client asks for on a connection of its own, without a session of an HTTP user.
struct OpeningRequest {
  std::string authority{};  ///< the header Host: "broker", "[::1]:9001"
  std::string path{};       ///< with the query
  std::vector<std::pair<std::string, std::string>> headers{};  ///< additional ones
};

/// The outcome of an opening handshake.
struct Opening {
  net::Failure failure{};  ///< of the connection
  std::string error{};     ///< why the server's response is not acceptable; "": it is
  Agreement agreement{};
  std::string rest{};  ///< the bytes that arrived after the response
};

/// Makes the opening handshake on a connection that was made for it. For a coroutine; suspends.
/// Throws StopUser, and Error if a header is not one of HTTP; then the connection was not used.
[[nodiscard]] Opening open(net::Connection& connection, const OpeningRequest& request,
                           const Offer& offer, net::Deadline& deadline);

}  // namespace cppworker::websocket
