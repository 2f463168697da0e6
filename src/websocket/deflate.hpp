#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

namespace cppworker::websocket {

// The compression of permessage-deflate (RFC 7692). All functions are for the scheduler's own
// stack.

/// Compresses messages, each without the context of the ones before.
class Deflater {
 public:
  /// @param window_bits 9 to 15
  explicit Deflater(int window_bits);
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;  // zlib's state knows its address
  Deflater& operator=(const Deflater&) = delete;

  /// Throws std::bad_alloc.
  [[nodiscard]] std::string compress(std::string_view message);

  /// The one of this thread, which all its connections share.
  static Deflater& of_thread(int window_bits);

 private:
  z_stream stream_{};
};

/// Decompresses messages.
class Inflater {
 public:
  enum class Result : std::uint8_t { kDone, kInvalid, kTooLarge };

  Inflater();
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;  // zlib's state knows its address
  Inflater& operator=(const Inflater&) = delete;

  /// Decompresses a whole message, in the context of the ones before.
  /// @param size_max the most bytes that the message may have
  Result decompress(std::string_view compressed, std::string& message, std::size_t size_max);
  /// Forgets the messages before.
  void reset() { inflateReset(&stream_); }

  /// The one of this thread, for connections whose server compresses without context.
  static Inflater& of_thread();

 private:
  Result inflate_all(std::string_view bytes, std::string& message, std::size_t size_max);

  z_stream stream_{};
};

}  // namespace cppworker::websocket
