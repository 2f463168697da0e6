#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/messages.hpp"
#include "protocol/result.hpp"

namespace cppworker::protocol {

/// The maximum number of users in a message. A message with more is considered corrupt.
inline constexpr std::int64_t kMaxUsers = 100'000'000;

/// Decodes one message of a master: [type, data, node_id]. Accepts the messages of masters from 2.0
/// to 2.47, ignores unknown keys, and decodes an unknown type as Custom. Returns a Failure, with
/// the reason, if a required part is missing or invalid. Never throws, for any bytes.
[[nodiscard]] Result<MasterMessage> decode(std::string_view bytes) noexcept;

}  // namespace cppworker::protocol
