#pragma once

#include <cstddef>
#include <string_view>

#include <cppworker/value.hpp>

#include "protocol/packer.hpp"
#include "protocol/result.hpp"

namespace cppworker::protocol {

/// The largest message that is decoded and the most values in one. Locust's own messages have
/// kilobytes; these limits bound what a broken peer can make this worker hold.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{512} << 20U;
inline constexpr std::size_t kMaxValues = 1'000'000;

/// Packs a value. What sendable.hpp refuses is made harmless: None in place of lists and maps that
/// are too deep or that mislead the master's decoder, the text "(unusable key)" in place of a key
/// that Python can't take. Numbers that are not finite become 0 (see Packer::real).
void pack_value(Packer& packer, const Value& value);

/// Reads exactly one value. Integers that fit become int64, strings are made valid UTF-8, extension
/// types become Bytes without their code. Fails on truncated or trailing bytes, nesting over
/// kMaxDepth and the limits above; never throws.
[[nodiscard]] Result<Value> unpack_value(std::string_view bytes) noexcept;

}  // namespace cppworker::protocol
