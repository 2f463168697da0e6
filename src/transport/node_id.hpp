#pragma once

#include <string>
#include <string_view>

namespace cppworker::transport {

/// A new node id, which identifies a worker to its master. It has the stock worker's format,
/// `<hostname>_<uuid4 hex>`, in ASCII, and is short enough for a ZeroMQ identity.
[[nodiscard]] std::string make_node_id();

/// Like make_node_id(), for the given host name.
[[nodiscard]] std::string make_node_id(std::string_view hostname);

}  // namespace cppworker::transport
