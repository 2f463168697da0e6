#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/value.hpp>

#include "protocol/messages.hpp"

/// Checks messages of user code, the only ones whose structure the types of messages.hpp do not
/// fix. Some structures end the only listener of a stock master, for all workers; they are not
/// sent.
namespace cppworker::protocol {

/// The maximum nesting of lists and maps. (Python's msgpack fails above 1,024, with an error that
/// the master does not catch.)
inline constexpr std::size_t kMaxDepth = 64;

/// True if `type` belongs to the protocol, so that user code must not send it.
[[nodiscard]] bool is_reserved_type(std::string_view type);

/// True if a master can use the key. Python does not allow lists and dicts as keys of a dict.
[[nodiscard]] bool is_sendable_key(const Value& key);

/// True if the master's decoder would fail on this map. It treats every map with a key
/// "__datetime__" or "__ObjectId__" as an encoded object.
[[nodiscard]] bool is_misleading_map(const Value::Map& map);

/// Why a message of user code can't be sent, as text for its author; none if it can be sent.
[[nodiscard]] std::optional<std::string> why_not_sendable(const Custom& message);

}  // namespace cppworker::protocol
