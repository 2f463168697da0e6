#include "text/utf8_validator.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "text/utf8.hpp"

namespace cppworker::text {
namespace {

/// The bytes in pieces of up to `piece_max`.
bool is_valid_in_pieces(std::string_view bytes, std::size_t piece_max, std::mt19937_64& random) {
  Utf8Validator validator;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, random() % piece_max + 1);
    if (!validator.feed(piece)) return false;
    bytes.remove_prefix(piece.size());
  }
  return validator.complete();
}

TEST(Utf8Validator, AgreesWithTheDecoderForAllShortTexts) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): the same each time
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      for (const std::string_view tail : {"", "\x80", "\x80\x80", "\xBF\xBF", "a"}) {
        std::string bytes;
        bytes += static_cast<char>(first);
        bytes += static_cast<char>(second);
        bytes += tail;
        ASSERT_EQ(is_valid_in_pieces(bytes, 1, random), is_utf8(bytes)) << first << " " << second;
      }
    }
  }
}

TEST(Utf8Validator, AgreesWithTheDecoderForLongTextsInPieces) {
  std::mt19937_64 random(2);  // NOLINT(cert-msc51-cpp): the same each time
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    while (bytes.size() < 40) {
      static constexpr std::string_view kParts[] = {"ascii text", "\xC3\xBC", "\xE2\x82\xAC",
                                                    "\xF0\x9F\x98\x80", "\xED\x9F\xBF"};
      bytes += kParts[random() % 5];
    }
    if (random() % 2 == 0) bytes[random() % bytes.size()] = static_cast<char>(random());
    ASSERT_EQ(is_valid_in_pieces(bytes, 13, random), is_utf8(bytes));
  }
}

TEST(Utf8Validator, FailsAtTheFirstImpossibleByte) {
  Utf8Validator validator;
  EXPECT_TRUE(validator.feed("\xED"));
  EXPECT_FALSE(validator.feed("\xA0")) << "a surrogate";
}

TEST(Utf8Validator, ATextMayNotEndInsideACharacter) {
  Utf8Validator validator;
  EXPECT_TRUE(validator.feed("\xF0\x9F\x98"));
  EXPECT_FALSE(validator.complete());
  EXPECT_TRUE(validator.feed("\x80"));
  EXPECT_TRUE(validator.complete());
}

}  // namespace
}  // namespace cppworker::text
