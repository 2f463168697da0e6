#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/http_options.hpp>
#include <cppworker/text.hpp>

namespace cppworker {
namespace {

constexpr std::string_view kLong = "a text that is longer than any short string optimization";

TEST(Text, ViewsALiteralWithoutACopy) {
  static constexpr char kLiteral[] = "a literal that is longer than any short string";
  EXPECT_EQ(Text(kLiteral).data(), kLiteral);
  const RequestOptions options{.name = kLiteral};
  EXPECT_EQ(options.name.data(), kLiteral);
}

TEST(Text, ViewsTheTextOfAView) { EXPECT_EQ(Text(kLong).data(), kLong.data()); }

TEST(Text, TakesAStringOver) {
  std::string text(kLong);
  const char* const characters = text.data();
  EXPECT_EQ(Text(std::move(text)).data(), characters);
}

TEST(Text, CopiesTextThatMayChange) {
  std::string text(kLong);
  std::string short_text = "short";
  char buffer[] = "in a buffer";
  const Text of_text = text;
  const Text of_short_text = short_text;
  const Text of_c_string = text.c_str();
  const Text of_buffer = buffer;
  const Text of_piece{text.data(), 6};
  text.assign(text.size(), 'x');
  short_text = "other";
  buffer[0] = 'x';
  EXPECT_EQ(of_text, kLong);
  EXPECT_EQ(of_short_text, "short");
  EXPECT_EQ(of_c_string, kLong);
  EXPECT_EQ(of_buffer, "in a buffer");
  EXPECT_EQ(of_piece, "a text");
}

TEST(Text, OptionsInAVariableKeepTheirTexts) {
  const auto make = [](int id) {
    const std::string local = "/item/" + std::to_string(id);
    return RequestOptions{.name = local, .data = local + std::string(kLong), .json = {}};
  };
  const RequestOptions options = make(7);
  EXPECT_EQ(options.name, "/item/7");
  EXPECT_EQ(options.data, "/item/7" + std::string(kLong));
  EXPECT_EQ(options.json, "");
}

TEST(Text, IsCopiedWithItsCharacters) {
  for (const std::string_view view : {std::string_view("short"), kLong, std::string_view()}) {
    std::vector<Text> copies;
    {
      std::string text(view);
      const Text viewing{std::string_view(text)};
      const Text owning{text};
      copies = {viewing, owning};
      copies.push_back(owning);
      copies[1] = viewing;
      text.assign(text.size(), 'x');
    }
    for (const Text& copy : copies) {
      EXPECT_EQ(copy, view);
    }
  }
}

TEST(Text, IsMovedWithItsCharacters) {
  for (const std::string_view view : {std::string_view("short"), kLong, std::string_view()}) {
    Text first{std::string(view)};
    Text second = std::move(first);
    EXPECT_EQ(second, view);
    EXPECT_EQ(first, "");  // NOLINT(bugprone-use-after-move): it is empty then
    Text third = "what it held before, which is long enough for the heap";
    third = std::move(second);
    EXPECT_EQ(third, view);
    Text& same = third;
    third = std::move(same);
    EXPECT_EQ(third, view);
    third = std::as_const(same);
    EXPECT_EQ(third, view);
    third = "a literal";
    EXPECT_EQ(third, "a literal");
  }
}

}  // namespace
}  // namespace cppworker
