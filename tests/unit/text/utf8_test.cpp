#include "text/utf8.hpp"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include "golden.hpp"

namespace cppworker::text {
namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

TEST(ToUtf8, ReplacesWhatPythonReplaces) {
  const auto samples = golden_samples("utf8");
  ASSERT_GT(samples.size(), 400U);
  for (const auto& sample : samples) {
    const std::string bytes = from_hex(sample[0]);
    const std::string text = sample[1];
    EXPECT_EQ(to_utf8(bytes), text) << sample[0];
    EXPECT_EQ(is_utf8(bytes), bytes == text) << sample[0];
    EXPECT_TRUE(is_utf8(to_utf8(bytes))) << sample[0];
  }
}

TEST(ToUtf8, CopiesValidTextOfAnyLength) {
  const std::string text = "☃ and 😀, a NUL" + std::string(1, '\0') + std::string(100, 'x');
  EXPECT_EQ(to_utf8(text), text);
  EXPECT_EQ(to_utf8(""), "");
}

TEST(ToUtf8, ReplacesOneSequenceThatIsCutOffAtTheEnd) {
  EXPECT_EQ(to_utf8("ok\xF0\x9F\x98"), "ok\xEF\xBF\xBD");
  EXPECT_EQ(to_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
}

TEST(Characters, AreCountedAsPythonDoes) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("aü€😀"), 4U);
  EXPECT_EQ(count_characters("a\xE2\x82"
                             "b\xFF\xFF"),
            5U);
  EXPECT_EQ(first_characters("aü€😀", 0), "");
  EXPECT_EQ(first_characters("aü€😀", 2), "aü");
  EXPECT_EQ(first_characters("aü€😀", 9), "aü€😀");
  EXPECT_EQ(first_characters("\xE2\x82"
                             "b",
                             1),
            "\xE2\x82");
}

TEST(AppendUtf8, IsUndoneByDecode) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c < 0xD800 || c >= 0xE000) {
      std::string text;
      append_utf8(text, c);
      const Utf8Step step = decode_utf8(text);
      ASSERT_TRUE(step.valid && step.code_point == c && step.length == text.size()) << +c;
    }
  }
}

}  // namespace
}  // namespace cppworker::text
