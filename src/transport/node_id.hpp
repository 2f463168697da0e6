#pragma once

#include <string>
#include <string_view>

namespace cppworker::transport {

/// A worker's identity towards its master, as the stock worker makes it: `<hostname>_<uuid4 hex>`.
/// Another one at each call; short and plain enough to be a ZeroMQ identity and UTF-8.
[[nodiscard]] std::string make_node_id();

/// The same for a given host name.
[[nodiscard]] std::string make_node_id(std::string_view hostname);

}  // namespace cppworker::transport
