#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/messages.hpp"
#include "protocol/result.hpp"

namespace cppworker::protocol {

/// More users than this of one class are taken for a garbled message.
inline constexpr std::int64_t kMaxUsers = 100'000'000;

/// Reads one message of a master: [type, data, node_id]. Takes what masters from 2.0 to 2.47 send,
/// ignores keys it does not know, and reads an unknown type as Custom. Anything that would leave a
/// message without what it must have is a Failure, whose text says what is wrong. Never throws,
/// whatever the bytes.
[[nodiscard]] Result<MasterMessage> decode(std::string_view bytes) noexcept;

}  // namespace cppworker::protocol
