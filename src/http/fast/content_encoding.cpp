#include "http/fast/content_encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include <brotli/decode.h>
#include <fmt/format.h>
#include <zlib.h>

#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http::fast {

namespace {

constexpr std::size_t kStep = std::size_t{16} * 1024;

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): bytes for C libraries
const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::uint8_t* bytes_of(std::string& text, std::size_t at) {
  return reinterpret_cast<std::uint8_t*>(text.data() + at);
}
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

std::string_view meaning(int code) {
  switch (code) {
    case Z_BUF_ERROR:
      return "incomplete or truncated stream";
    case Z_STREAM_ERROR:
      return "inconsistent stream state";
    default:
      return "invalid input data";
  }
}

/// zlib.decompress(). @param window_bits of its inflateInit2()
std::string inflate_all(std::string_view encoded, int window_bits, std::string& decoded) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) {  // NOLINT: casts in zlib's macro
    return "MemoryError()";
  }
  decoded.clear();
  stream.next_in = const_cast<std::uint8_t*>(bytes_of(encoded));  // NOLINT: zlib only reads it
  stream.avail_in =
      static_cast<uInt>(std::min<std::size_t>(encoded.size(), std::numeric_limits<uInt>::max()));
  int code = Z_OK;
  while (code == Z_OK) {
    const std::size_t size = decoded.size();
    decoded.resize(size + std::max(kStep, size));
    const std::size_t room = std::min<std::size_t>(decoded.size() - size, std::size_t{1} << 30U);
    stream.next_out = bytes_of(decoded, size);
    stream.avail_out = static_cast<uInt>(room);
    code = inflate(&stream, Z_SYNC_FLUSH);
    decoded.resize(size + room - stream.avail_out);
  }
  std::string failure;
  if (code != Z_STREAM_END) {
    failure = exception_text(
        "error",
        fmt::format("Error {} while decompressing data: {}", code,
                    code != Z_BUF_ERROR && stream.msg != nullptr ? stream.msg : meaning(code)));
  }
  inflateEnd(&stream);
  return failure;
}

std::string inflate_brotli(std::string_view encoded, std::string& decoded) {
  BrotliDecoderState* const state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  if (state == nullptr) {
    return "MemoryError()";
  }
  decoded.clear();
  std::size_t in_left = encoded.size();
  const std::uint8_t* in = bytes_of(encoded);
  BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
    const std::size_t size = decoded.size();
    decoded.resize(size + std::max(kStep, size));
    std::size_t out_left = decoded.size() - size;
    std::uint8_t* out = bytes_of(decoded, size);
    result = BrotliDecoderDecompressStream(state, &in_left, &in, &out_left, &out, nullptr);
    decoded.resize(decoded.size() - out_left);
  }
  BrotliDecoderDestroyInstance(state);
  return result == BROTLI_DECODER_RESULT_SUCCESS ? std::string()
                                                 : std::string("error('brotli: decoder failed')");
}

}  // namespace

std::string decode_content(std::string_view content_encoding, std::string& body) {
  if (content_encoding.empty() || equal_ignoring_case(content_encoding, "identity")) {
    return {};
  }
  std::string decoded;
  std::string failure;
  if (equal_ignoring_case(content_encoding, "gzip")) {
    failure = inflate_all(body, 16 + MAX_WBITS, decoded);
  } else if (equal_ignoring_case(content_encoding, "deflate")) {
    failure = inflate_all(body, -MAX_WBITS, decoded);
    if (!failure.empty()) {  // some servers send a zlib header, some don't
      failure = inflate_all(body, MAX_WBITS, decoded);
    }
  } else if (equal_ignoring_case(content_encoding, "br")) {
    failure = inflate_brotli(body, decoded);
  } else {
    failure = exception_text("ValueError",
                             "Unknown content encoding: " + text::to_utf8(content_encoding));
  }
  if (failure.empty()) {
    body = std::move(decoded);
  }
  return failure;
}

}  // namespace cppworker::http::fast
