#include "text/eight_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "text/ascii_case.hpp"

namespace cppworker::text {
namespace {

constexpr std::size_t kEight = 8;

/// Every byte in every place, between bytes whose carries could reach it.
template <class Check>
void for_each_text(Check check) {
  for (const char around : {'\0', 'a', '\x7f', '\x80', '\xff'}) {
    for (std::size_t place = 0; place < kEight; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(kEight, around);
        text[place] = static_cast<char>(byte);
        check(text);
      }
    }
  }
}

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7f;
}

TEST(EightBytes, LowerCaseIsThatOfEachCharacter) {
  for_each_text([](const std::string& text) {
    const std::uint64_t lower = lower_eight(load_eight(text.data()));
    std::string result(kEight, '?');
    std::memcpy(result.data(), &lower, kEight);
    ASSERT_EQ(result, to_lower(text));
  });
}

TEST(EightBytes, AControlCharacterIsSeenInEachPlace) {
  for_each_text([](const std::string& text) {
    bool expected = false;
    for (const char character : text) {
      expected = expected || is_control(character);
    }
    ASSERT_EQ(has_control(load_eight(text.data())), expected) << testing::PrintToString(text);
  });
}

TEST(EightBytes, TextsOfEveryLengthAreLookedThroughToTheirEnd) {
  for (std::size_t size = 0; size <= 3 * kEight; ++size) {
    EXPECT_FALSE(has_control(std::string_view(std::string(size, '\t'))));
    for (std::size_t place = 0; place < size; ++place) {
      for (const char control : {'\0', '\n', '\r', '\x1f', '\x7f'}) {
        std::string text(size, '\t');  // allowed, but makes each part be looked at closely
        text[place] = control;
        EXPECT_TRUE(has_control(std::string_view(text))) << size << ", " << place;
      }
      std::string text(size, 'x');
      text[place] = '\xe9';
      EXPECT_FALSE(has_control(std::string_view(text))) << size << ", " << place;
    }
  }
}

}  // namespace
}  // namespace cppworker::text
