#include "stats/error_key.hpp"

#include <string>

#include <gtest/gtest.h>

#include "golden.hpp"
#include "text/utf8.hpp"

namespace cppworker::stats {
namespace {

TEST(ErrorKey, IsThatOfLocust) {
  ASSERT_GT(golden::stats().at("error_keys").size(), 100U);
  for (const auto& sample : golden::stats().at("error_keys")) {
    const std::string error = sample.at("error");
    EXPECT_EQ(parse_error(error), sample.at("parsed").get<std::string>());
    EXPECT_EQ(has_object_address(error), parse_error(error) != error) << error;
    EXPECT_EQ(error_key(sample.at("method").get<std::string>(),
                        sample.at("name").get<std::string>(), error),
              sample.at("key").get<std::string>())
        << error;
  }
}

TEST(ErrorKey, QuotesEveryCharacterAsPythonDoes) {
  std::string text;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c < 0xD800 || c >= 0xE000) {
      text::append_utf8(text, c);
    }
  }
  EXPECT_EQ(error_key("ALL", "all", text),
            golden::stats().at("every_character")[0].get<std::string>());
}

TEST(ErrorKey, CountsInvalidBytesAsReplacementCharacters) {
  EXPECT_EQ(error_key("G\xFF", "/\xC3", "e\x80"),
            error_key("G\xEF\xBF\xBD", "/\xEF\xBF\xBD", "e\xEF\xBF\xBD"));
}

TEST(ErrorKey, MasksTheAddressOfAnObject) {
  EXPECT_EQ(parse_error("<X object at 0x7f12>"), "<X object at 0x....>");
  EXPECT_EQ(error_key("GET", "/", "<X object at 0x7f12>"),
            error_key("GET", "/", "<X object at 0x7f34>"));
}

}  // namespace
}  // namespace cppworker::stats
