#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::grpc {

// The encoding "gzip" of messages. The functions are for the scheduler's own stack. The state of
// zlib is one for each thread.

/// Throws std::bad_alloc.
[[nodiscard]] std::string gzip_compressed(std::string_view bytes);

enum class Gunzip : std::uint8_t { kDone, kInvalid, kTooLarge };
/// @param size_max the most bytes that may be decompressed
[[nodiscard]] Gunzip gzip_decompressed(std::string_view compressed, std::size_t size_max,
                                       std::string& bytes);

}  // namespace cppworker::grpc
