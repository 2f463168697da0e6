#pragma once

#include <string>
#include <string_view>

#include "protocol/messages.hpp"

namespace cppworker::protocol {

/// Encodes one message, [type, data, node_id], in the same bytes as Python's msgpack.dumps. The
/// result is always safe for a stock master: strings are valid UTF-8, numbers are finite, and
/// custom data can be decoded (see pack_value()). A custom message with one of Locust's own types
/// is sent as "custom <type>", which a master reports as unknown; use why_not_sendable() to report
/// it to the author before that.
[[nodiscard]] std::string encode(const WorkerMessage& message, std::string_view node_id);

}  // namespace cppworker::protocol
