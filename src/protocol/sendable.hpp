#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/value.hpp>

#include "protocol/messages.hpp"

/// Messages of user code are the only ones whose shape the types of messages.hpp do not fix. Some
/// shapes end a stock master's only listener, for all workers; they are refused before they leave.
namespace cppworker::protocol {

/// Lists and maps inside each other: more is refused (Python's msgpack stops at 1,024 with an error
/// that the master does not catch).
inline constexpr std::size_t kMaxDepth = 64;

/// Whether `type` belongs to the protocol, so that user code must not send it.
[[nodiscard]] bool is_reserved_type(std::string_view type);

/// Whether a master can use the key: Python refuses lists and dicts as keys of a dict.
[[nodiscard]] bool is_sendable_key(const Value& key);

/// Whether the master's decoder would fail on this map: it takes every map with a key
/// "__datetime__" or "__ObjectId__" for an encoded object.
[[nodiscard]] bool is_misleading_map(const Value::Map& map);

/// Why a message of user code can't be sent, in a sentence for its author; nothing if it can.
[[nodiscard]] std::optional<std::string> why_not_sendable(const Custom& message);

}  // namespace cppworker::protocol
