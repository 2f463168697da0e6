#include "http/decompressor.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/check.hpp"

namespace cppworker::http {

namespace {

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

}  // namespace

Inflater::Inflater(int window_bits)
    : code_(inflateInit2(&stream_, window_bits)) {}  // NOLINT: casts in zlib's macro

void Inflater::restart(int window_bits) {
  if (!out_of_memory()) {
    code_ = inflateReset2(&stream_, window_bits);
  }
}

Decompression Inflater::step(std::string_view& encoded, std::string& decoded,
                             std::size_t size_max) {
  if (out_of_memory()) {
    return Decompression::kFailed;
  }
  DCHECK(!ended());
  const std::size_t size = decoded.size();
  const std::size_t given = std::min<std::size_t>(encoded.size(), std::numeric_limits<uInt>::max());
  decoded.resize(size + size_max);
  stream_.next_in = const_cast<std::uint8_t*>(bytes_of(encoded));  // NOLINT: zlib only reads it
  stream_.avail_in = static_cast<uInt>(given);
  stream_.next_out = bytes_of(decoded, size);
  stream_.avail_out = static_cast<uInt>(size_max);
  code_ = inflate(&stream_, Z_SYNC_FLUSH);
  decoded.resize(size + size_max - stream_.avail_out);
  encoded.remove_prefix(given - stream_.avail_in);
  switch (code_) {
    case Z_OK:
    case Z_BUF_ERROR:  // there is nothing to do without more input
      return Decompression::kMore;
    case Z_STREAM_END:
      return Decompression::kEnd;
    default:
      return Decompression::kFailed;
  }
}

std::string Inflater::error() const {
  const int code = code_ == Z_OK ? Z_BUF_ERROR : code_;
  return fmt::format("Error {} while decompressing data: {}", code,
                     code != Z_BUF_ERROR && stream_.msg != nullptr ? stream_.msg : meaning(code));
}

Decompression BrotliDecompressor::step(std::string_view& encoded, std::string& decoded,
                                       std::size_t size_max) {
  if (out_of_memory()) {
    return Decompression::kFailed;
  }
  const std::size_t size = decoded.size();
  decoded.resize(size + size_max);
  std::size_t in_left = encoded.size();
  const std::uint8_t* in = bytes_of(encoded);
  std::size_t out_left = size_max;
  std::uint8_t* out = bytes_of(decoded, size);
  const BrotliDecoderResult result =
      BrotliDecoderDecompressStream(state_.get(), &in_left, &in, &out_left, &out, nullptr);
  decoded.resize(size + size_max - out_left);
  encoded.remove_prefix(encoded.size() - in_left);
  ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
  if (result == BROTLI_DECODER_RESULT_ERROR) {
    return Decompression::kFailed;
  }
  return ended_ ? Decompression::kEnd : Decompression::kMore;
}

}  // namespace cppworker::http
