#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <brotli/decode.h>
#include <zlib.h>

namespace cppworker::http {

/// The result of one step of a decompressor.
enum class Decompression : std::uint8_t {
  kMore,    ///< it needs more input or has more output
  kEnd,     ///< of the compressed stream; what follows it is not consumed
  kFailed,  ///< the input is invalid, or there was no memory: see out_of_memory()
};

/// zlib's inflate(). Call it on the scheduler's own stack.
class Inflater {
 public:
  static constexpr int kZlib = MAX_WBITS;
  static constexpr int kRaw = -MAX_WBITS;
  static constexpr int kGzip = 16 + MAX_WBITS;

  /// @param window_bits the format
  explicit Inflater(int window_bits);
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;  // zlib's state knows its address
  Inflater& operator=(const Inflater&) = delete;

  /// Consumes a part of `encoded` and appends at most `size_max` bytes to `decoded`. It has done
  /// all that it can if `encoded` is empty and fewer bytes were appended. @pre it has not ended
  Decompression step(std::string_view& encoded, std::string& decoded, std::size_t size_max);
  /// Starts the next stream, of the same or another format.
  void restart(int window_bits);

  [[nodiscard]] bool ended() const { return code_ == Z_STREAM_END; }
  [[nodiscard]] bool out_of_memory() const { return code_ == Z_MEM_ERROR; }
  /// The message of Python's zlib.error after the last step; "incomplete or truncated stream" for a
  /// stream that is not at its end.
  [[nodiscard]] std::string error() const;

 private:
  z_stream stream_{};
  int code_ = Z_OK;
};

/// The decoder of the brotli library. Call it on the scheduler's own stack.
class BrotliDecompressor {
 public:
  /// The message of Python's brotli.error.
  static constexpr std::string_view kError = "brotli: decoder failed";

  BrotliDecompressor() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {}

  /// As Inflater::step(). Bytes after the end of the stream are not consumed.
  Decompression step(std::string_view& encoded, std::string& decoded, std::size_t size_max);

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool out_of_memory() const { return state_ == nullptr; }

 private:
  struct FreeState {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };

  std::unique_ptr<BrotliDecoderState, FreeState> state_;
  bool ended_ = false;
};

}  // namespace cppworker::http
