#include "http/requests/content_decoder.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace cppworker::http::requests {
namespace {

// What urllib3 makes of small bodies is compared in response_parser_test.cpp.

constexpr int kGzip = 16 + MAX_WBITS;

std::string compress(std::string_view text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(
      deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY),
      Z_OK);
  std::string result(deflateBound(&stream, text.size()), '\0');
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): bytes for a C library
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  stream.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  result.resize(result.size() - stream.avail_out);
  deflateEnd(&stream);
  return result;
}

/// Bytes that don't compress well.
std::string noise(std::size_t size) {
  std::string text;
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 1664525U + 1013904223U;
    text += static_cast<char>(state >> 24U);
  }
  return text;
}

/// @param step the size of the pieces
Failure decode(std::string_view encoding, std::string_view encoded, std::size_t step,
               std::string& decoded, std::size_t size_max = kDecodedBodyMax) {
  decoded.clear();
  const auto decoder = ContentDecoder::make(encoding, size_max);
  if (!decoder) {
    ADD_FAILURE() << encoding;
    return {};
  }
  for (; !encoded.empty(); encoded.remove_prefix(std::min(step, encoded.size()))) {
    if (Failure failure = decoder->decode(encoded.substr(0, step), decoded)) {
      return failure;
    }
  }
  return decoder->finish(decoded);
}

TEST(ContentDecoder, DecodesLargeBodiesInPieces) {
  std::string decoded;
  for (const std::string& text :
       {std::string(100'000, 'a'), noise(100'000), std::string(10'240, 'a'),
        std::string(20'480, 'a'), noise(10'240), std::string()}) {
    const std::string gzip = compress(text, kGzip);
    for (const std::size_t step : {std::size_t{1} << 20U, std::size_t{1'000}, std::size_t{1}}) {
      EXPECT_FALSE(decode("gzip", gzip, step, decoded));
      EXPECT_EQ(decoded == text, true);
      EXPECT_FALSE(decode("gzip", gzip + gzip, step, decoded));
      EXPECT_EQ(decoded == text + text, true) << "two members";
      EXPECT_FALSE(decode("deflate", compress(text, MAX_WBITS), step, decoded));
      EXPECT_EQ(decoded == text, true);
      EXPECT_FALSE(decode("deflate", compress(text, -MAX_WBITS), step, decoded));
      EXPECT_EQ(decoded == text, true);
      EXPECT_FALSE(
          decode("deflate, gzip", compress(compress(text, MAX_WBITS), kGzip), step, decoded));
      EXPECT_EQ(decoded == text, true);
    }
  }
}

TEST(ContentDecoder, DecodesBrotliInPieces) {
  // Made by Python's brotli.compress(b"a" * 100_000).
  constexpr std::array<unsigned char, 14> kBrotli{0x5b, 0x9f, 0x86, 0x81, 0x5f, 0x22, 0x2c,
                                                  0x1e, 0x0b, 0x04, 0xb2, 0xfc, 0x02, 0x00};
  const std::string encoded(kBrotli.begin(), kBrotli.end());
  std::string decoded;
  for (const std::size_t step : {std::size_t{1'000}, std::size_t{1}}) {
    EXPECT_FALSE(decode("br", encoded, step, decoded));
    EXPECT_EQ(decoded == std::string(100'000, 'a'), true);
    EXPECT_EQ(decode("br", encoded, step, decoded, 99'999).cause, Failure::Cause::kDecodedTooLarge);
  }
}

TEST(ContentDecoder, LimitsTheDecodedBody) {
  const std::string text(1'000'000, 'a');
  const std::string gzip = compress(text, kGzip);
  std::string decoded;
  EXPECT_FALSE(decode("gzip", gzip, 1 << 20, decoded, text.size()));
  for (const auto& [encoding, encoded] :
       {std::pair<std::string, std::string>{"gzip", gzip},
        {"deflate", compress(text, MAX_WBITS)},
        {"deflate", compress(text, -MAX_WBITS)},
        {"gzip,gzip", compress(gzip, kGzip)},
        {"gzip", compress(text.substr(1), kGzip) + compress("aa", kGzip)}}) {
    for (const std::size_t step : {std::size_t{1} << 20U, std::size_t{10}}) {
      const Failure failure = decode(encoding, encoded, step, decoded, text.size() - 1);
      EXPECT_EQ(failure.cause, Failure::Cause::kDecodedTooLarge) << encoding;
      EXPECT_EQ(failure.phase, Failure::Phase::kBody);
    }
  }
  std::string little;
  EXPECT_EQ(decode("gzip", gzip, 1 << 20, little, 1'000).cause, Failure::Cause::kDecodedTooLarge);
  EXPECT_LE(little.capacity(), 100'000U) << "it stops soon";
}

TEST(ContentDecoder, KeepsNoMoreThanAPieceBetweenCodings) {
  // 2 MB between the codings, which become one byte in the end.
  const std::string members = [] {
    const std::string empty = compress("", kGzip);
    std::string result;
    for (int i = 0; i < 100'000; ++i) {
      result += empty;
    }
    return result + compress("x", kGzip);
  }();
  std::string decoded;
  EXPECT_FALSE(decode("gzip, gzip", compress(members, kGzip), 1 << 20, decoded, 100'000));
  EXPECT_EQ(decoded, "x");
}

TEST(ContentDecoder, LeavesOtherEncodings) {
  for (const char* const encoding : {"", "identity", "zstd", "foo, bar", "gzip ", "compress"}) {
    EXPECT_EQ(ContentDecoder::make(encoding), nullptr) << encoding;
  }
  for (const char* const encoding : {"gzip", "X-GZIP", "deflate", "br", "foo, gzip", ",br"}) {
    EXPECT_NE(ContentDecoder::make(encoding), nullptr) << encoding;
  }
}

TEST(ContentDecoder, FailsIfThereAreTooManyCodings) {
  const auto decoder = ContentDecoder::make("gzip,gzip,gzip,gzip,gzip,gzip");
  ASSERT_NE(decoder, nullptr);
  std::string decoded;
  const Failure failure = decoder->finish(decoded);
  EXPECT_EQ(failure.cause, Failure::Cause::kInvalidEncoding);
  EXPECT_EQ(failure.phase, Failure::Phase::kBody) << "a redirect is followed all the same";
  EXPECT_EQ(failure.details->text, "Too many content encodings in the chain: 6 > 5");
}

TEST(ContentDecoder, FindsTheEncoding) {
  EXPECT_EQ(content_encoding("A: b\r\nContent-Length: 3\r\n"), "");
  EXPECT_EQ(content_encoding("A: b\r\ncontent-encoding:\t gzip \r\n"), "gzip ");
  EXPECT_EQ(content_encoding("Content-Encoding: gzip\r\nA: b\r\nContent-Encoding:br\r\n"),
            "gzip, br");
  EXPECT_EQ(content_encoding("Content-Encoding:\r\nContent-Encoding: br\r\n"), ", br");
}

}  // namespace
}  // namespace cppworker::http::requests
