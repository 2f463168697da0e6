#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/failure.hpp"
#include "http/parse_status.hpp"

namespace cppworker::http::requests {

/// Decodes a body in chunked transfer coding as urllib3 does, which accepts more than RFC 9112: a
/// line may end with LF, what Python's int() accepts is a size, and any two bytes may follow a
/// chunk's data. Extensions and trailers are skipped.
class ChunkDecoder {
 public:
  static constexpr std::size_t kLineMax = 65'536;  ///< bytes of a line, with its end

  /// Starts the next body.
  void start();
  /// Appends the data in `bytes` to `body`. After kComplete, `bytes` is what follows the body.
  /// @pre neither complete nor failed
  ParseStatus feed(std::string_view& bytes, std::string& body);
  /// The connection has ended. Removes an incomplete piece from the end of `body`, which urllib3
  /// does not decode. @pre neither complete nor failed
  ParseStatus finish(std::string& body);
  /// The cause of kFailed.
  [[nodiscard]] Failure& failure() { return failure_; }

 private:
  enum class State : std::uint8_t { kSize, kData, kDataEnd, kTrailer, kComplete };

  /// Records the failure; returns false.
  bool fail(Failure&& failure);
  bool feed_size(std::string_view& bytes, std::string& body);
  bool feed_trailer(std::string_view& bytes);
  /// @param line with the size and its end
  bool take_size(std::string_view line);

  std::string line_;              // the bytes of an incomplete line with a size
  std::uint64_t size_ = 0;        // of the present chunk
  std::uint64_t left_ = 0;        // bytes to come of it, or of the two after its data
  std::size_t trailer_size_ = 0;  // of the present line
  bool trailer_is_cr_ = false;    // it is "\r" so far
  State state_ = State::kSize;
  Failure failure_;
};

}  // namespace cppworker::http::requests
