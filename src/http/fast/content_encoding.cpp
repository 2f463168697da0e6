#include "http/fast/content_encoding.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "http/decompressor.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "text/utf8.hpp"

namespace cppworker::http::fast {

namespace {

constexpr std::size_t kStep = std::size_t{16} * 1024;

/// Thrown: the decoded body is too large.
struct BodyTooLarge {};

/// Decodes as far as possible. Throws BodyTooLarge and std::bad_alloc.
template <class Decompressor>
void decompress_all(Decompressor& decompressor, std::string_view encoded, std::string& decoded,
                    std::size_t decoded_max) {
  decoded.clear();
  bool more = true;
  while (more) {
    const std::size_t size = decoded.size();
    const std::size_t step = std::clamp(size, kStep, kDecodedBodyMax / 2);
    more = decompressor.step(encoded, decoded, step) == Decompression::kMore &&
           (!encoded.empty() || decoded.size() == size + step);
    if (decoded.size() > decoded_max) {
      throw BodyTooLarge();
    }
  }
  if (decompressor.out_of_memory()) {
    throw std::bad_alloc();
  }
}

/// zlib.decompress().
std::string inflate_all(std::string_view encoded, int window_bits, std::string& decoded,
                        std::size_t decoded_max) {
  Inflater inflater(window_bits);
  decompress_all(inflater, encoded, decoded, decoded_max);
  return inflater.ended() ? std::string() : exception_text("error", inflater.error());
}

std::string inflate_brotli(std::string_view encoded, std::string& decoded,
                           std::size_t decoded_max) {
  BrotliDecompressor decompressor;
  decompress_all(decompressor, encoded, decoded, decoded_max);
  return decompressor.ended() ? std::string() : exception_text("error", BrotliDecompressor::kError);
}

std::string decode(std::string_view content_encoding, std::string& body, std::size_t decoded_max) {
  std::string decoded;
  std::string failure;
  if (equal_ignoring_case(content_encoding, "gzip")) {
    failure = inflate_all(body, Inflater::kGzip, decoded, decoded_max);
  } else if (equal_ignoring_case(content_encoding, "deflate")) {
    failure = inflate_all(body, Inflater::kRaw, decoded, decoded_max);
    if (!failure.empty()) {  // some servers send a zlib header, some don't
      failure = inflate_all(body, Inflater::kZlib, decoded, decoded_max);
    }
  } else if (equal_ignoring_case(content_encoding, "br")) {
    failure = inflate_brotli(body, decoded, decoded_max);
  } else {
    const char* const words = equal_ignoring_case(content_encoding, "compress")
                                  ? "Compression type not supported: "
                                  : "Unknown content encoding: ";
    failure = exception_text("ValueError", words + text::to_utf8(content_encoding));
  }
  if (failure.empty()) {
    body = std::move(decoded);
  }
  return failure;
}

}  // namespace

std::string decode_content(std::string_view content_encoding, std::string& body,
                           std::size_t decoded_max) {
  if (content_encoding.empty() || equal_ignoring_case(content_encoding, "identity")) {
    return {};
  }
  try {
    return decode(content_encoding, body, decoded_max);
  } catch (const BodyTooLarge&) {
    return exception_text("ValueError", kDecodedTooLargeText);
  } catch (const std::bad_alloc&) {
    return "MemoryError()";
  }
}

}  // namespace cppworker::http::fast
