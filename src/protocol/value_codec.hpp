#pragma once

#include <cstddef>
#include <string_view>

#include <cppworker/value.hpp>

#include "protocol/packer.hpp"
#include "protocol/result.hpp"

namespace cppworker::protocol {

/// The maximum size of a message that is decoded, and the maximum number of values in it. Locust's
/// own messages have some kilobytes. The limits bound the memory that a broken peer can use.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{512} << 20U;
inline constexpr std::size_t kMaxValues = 1'000'000;

/// Packs a value. Parts that sendable.hpp rejects are replaced: lists and maps that are too deeply
/// nested or that break the master's decoder by None, and keys that Python does not allow by the
/// text
/// "(unusable key)". Numbers that are not finite become 0 (see Packer::real()).
void pack_value(Packer& packer, const Value& value);

/// Decodes exactly one value. Integers that fit become int64, strings are made valid UTF-8, and
/// extension types become Bytes without their code. Fails for truncated data, trailing bytes,
/// nesting over kMaxDepth, and data over the limits above. Never throws.
[[nodiscard]] Result<Value> unpack_value(std::string_view bytes) noexcept;

}  // namespace cppworker::protocol
