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

}  // namespace
}  // namespace cppworker::text
