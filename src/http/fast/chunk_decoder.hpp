#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/fast/parse_error.hpp"
#include "http/parse_status.hpp"

namespace cppworker::http::fast {

/// Decodes a body in chunked transfer coding. Extensions and trailers are skipped; their size is
/// bounded.
class ChunkDecoder {
 public:
  /// Starts the next body.
  void start();
  /// Appends the data in `bytes` to `body`. After kComplete, `bytes` is what follows the body.
  /// @pre neither complete nor failed
  ParseStatus feed(std::string_view& bytes, std::string& body);
  [[nodiscard]] ParseError error() const { return error_; }

 private:
  enum class State : std::uint8_t {
    kSizeFirst,
    kSize,
    kExtension,
    kSizeEnd,
    kData,
    kDataEnd,
    kDataEndLf,
    kTrailerFirst,
    kTrailer,
    kTrailerEnd,
    kLastLf,
    kComplete
  };

  /// Records the error; returns false.
  bool fail(const char* reason, int code);
  // One byte that is not chunk data. False: it is invalid.
  bool step(char character);
  bool step_size(char character);
  bool step_trailer(char character);

  std::uint64_t left_ = 0;        // bytes of the present chunk
  std::size_t skipped_size_ = 0;  // bytes of extensions and trailers
  ParseError error_;
  State state_ = State::kSizeFirst;
};

}  // namespace cppworker::http::fast
