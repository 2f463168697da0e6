#pragma once

#include <string>
#include <string_view>

#include "protocol/messages.hpp"

namespace cppworker::protocol {

/// The bytes of one message, [type, data, node_id], as Python's msgpack.dumps writes equal data.
/// Whatever the message holds, the bytes do a stock master no harm: strings are valid UTF-8,
/// numbers finite, custom data is decodable (pack_value), and a custom message with one of Locust's
/// own types goes out as "custom <type>", which a master reports as unknown (tell the author
/// earlier, by why_not_sendable()).
[[nodiscard]] std::string encode(const WorkerMessage& message, std::string_view node_id);

}  // namespace cppworker::protocol
