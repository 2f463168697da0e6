#pragma once

#include "http/call.hpp"
#include "http/upgrade.hpp"

namespace cppworker::websocket {

/// Makes the request of a call over a connection of its own, with the headers, cookies,
/// credentials and TLS settings of the session. Suspends; throws StopUser, InvalidURL.
[[nodiscard]] http::Upgrade open_upgrade(const http::Call& call);

}  // namespace cppworker::websocket
