#pragma once

#include <cstdint>

namespace cppworker::http {

/// The state of a parser after it was fed.
enum class ParseStatus : std::uint8_t { kNeedMore, kComplete, kFailed };

}  // namespace cppworker::http
