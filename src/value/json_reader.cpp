#include <algorithm>
#include <charconv>
#include <clocale>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/json.hpp>

#include "text/utf8.hpp"
#include "value/json_depth.hpp"

namespace cppworker {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Removes duplicate keys. As in Python, the last value is kept, at the place of the first one.
Value::Map without_duplicates(Value::Map&& map) {
  Value::Map result;
  result.reserve(map.size());  // keeps the views of its keys valid
  std::unordered_map<std::string_view, std::size_t> places;
  for (auto& [key, value] : map) {
    const auto place = places.find(*key.as_string());
    if (place != places.end()) {
      result[place->second].second = std::move(value);
    } else {
      result.emplace_back(std::move(key), std::move(value));
      places.emplace(*result.back().first.as_string(), result.size() - 1);
    }
  }
  return result;
}

/// Parses one text like CPython 3.11's json module, with its messages. Unfinished lists and maps
/// are in a vector, not on the stack, because the stacks of users are small.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Value read() {
    if (text_.starts_with(text::kByteOrderMark)) {
      fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
    }
    skip_blanks();
    while (true) {
      std::optional<Value> value = read_value();
      while (value) {  // a value is complete; it may complete the list or map that contains it
        skip_blanks();
        if (open_.empty()) {
          if (at_ < text_.size()) fail("Extra data", at_);
          return std::move(*value);
        }
        value = add(std::move(*value));
      }
    }
  }

 private:
  struct Open {
    bool is_map = false;
    Value::List list{};
    Value::Map map{};  // the value of the last key has not been read yet
  };

  [[noreturn]] void fail(std::string_view what, std::size_t at) const {
    const std::string_view before = text_.substr(0, at);
    const auto lines = std::ranges::count(before, '\n');
    const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
    throw JSONDecodeError(fmt::format("{}: line {} column {} (char {})", what, lines + 1,
                                      text::count_characters(before.substr(line_begin)) + 1,
                                      text::count_characters(before)));
  }

  [[nodiscard]] bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  /// Returns a complete value, or none if this is the beginning of a list or map with content.
  std::optional<Value> read_value() {
    if (at_ == text_.size()) fail("Expecting value", at_);
    switch (text_[at_]) {
      case '{':
        return open(true);
      case '[':
        return open(false);
      case '"':
        return Value(read_string());
      case 'n':
        return constant("null", Value{});
      case 't':
        return constant("true", true);
      case 'f':
        return constant("false", false);
      case 'N':
        return constant("NaN", std::numeric_limits<double>::quiet_NaN());
      case 'I':
        return constant("Infinity", std::numeric_limits<double>::infinity());
      case '-':
        if (text_.substr(at_).starts_with("-I")) {
          return constant("-Infinity", -std::numeric_limits<double>::infinity());
        }
        return read_number();
      default:
        return read_number();
    }
  }

  Value constant(std::string_view word, Value value) {
    if (!text_.substr(at_).starts_with(word)) fail("Expecting value", at_);
    at_ += word.size();
    return value;
  }

  std::optional<Value> open(bool is_map) {
    if (open_.size() == value::kMaxJsonDepth) {
      fail(fmt::format("Lists and objects nested more than {} deep", value::kMaxJsonDepth), at_);
    }
    ++at_;
    skip_blanks();
    if (next_is(is_map ? '}' : ']')) {
      ++at_;
      return is_map ? Value(Value::Map{}) : Value(Value::List{});
    }
    open_.push_back({.is_map = is_map});
    if (is_map) read_key();
    return std::nullopt;
  }

  /// Adds the value to the innermost list or map. Returns the list or map if it ends here.
  std::optional<Value> add(Value value) {
    Open& open = open_.back();
    if (open.is_map) {
      open.map.back().second = std::move(value);
    } else {
      open.list.push_back(std::move(value));
    }
    if (next_is(',')) {
      ++at_;
      skip_blanks();
      if (open.is_map) read_key();
      return std::nullopt;
    }
    if (!next_is(open.is_map ? '}' : ']')) fail("Expecting ',' delimiter", at_);
    ++at_;
    if (open.is_map && has_duplicates(open.map)) {
      open.map = without_duplicates(std::move(open.map));
    }
    std::optional<Value> closed(open.is_map ? Value(std::move(open.map))
                                            : Value(std::move(open.list)));
    open_.pop_back();
    return closed;
  }

  bool has_duplicates(const Value::Map& map) {
    keys_.clear();
    for (const auto& [key, value] : map) keys_.push_back(*key.as_string());
    std::ranges::sort(keys_);
    return std::ranges::adjacent_find(keys_) != keys_.end();
  }

  void read_key() {
    if (!next_is('"')) fail("Expecting property name enclosed in double quotes", at_);
    open_.back().map.emplace_back(read_string(), Value{});
    skip_blanks();
    if (!next_is(':')) fail("Expecting ':' delimiter", at_);
    ++at_;
    skip_blanks();
  }

  /// Reads a string. The next character is its opening quote.
  std::string read_string() {
    const std::size_t begin = at_++;
    std::string result;
    while (true) {
      const std::size_t piece = at_;
      unsigned char all = 0;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') {
        const auto c = static_cast<unsigned char>(text_[at_]);
        if (c < 0x20) fail("Invalid control character at", at_);
        all |= c;
        ++at_;
      }
      const std::string_view plain = text_.substr(piece, at_ - piece);
      if (all < 0x80) {
        result += plain;
      } else {
        result += text::to_utf8(plain);
      }
      if (at_ == text_.size()) fail("Unterminated string starting at", begin);
      if (text_[at_++] == '"') return result;
      if (at_ == text_.size()) fail("Unterminated string starting at", begin);
      read_escape(result);
    }
  }

  /// Reads an escape sequence after its backslash.
  void read_escape(std::string& result) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char letter = text_[at_++];
    if (letter == 'u') {
      text::append_utf8(result, read_code_point());
    } else if (const std::size_t found = kLetters.find(letter); found != std::string_view::npos) {
      result += kMeanings[found];
    } else {
      fail("Invalid \\escape", at_ - 2);
    }
  }

  /// Reads the code point after "\u", both halves of a surrogate pair. An unpaired surrogate
  /// becomes U+FFFD.
  char32_t read_code_point() {
    constexpr char32_t kReplacement = 0xFFFD;
    const char32_t first = read_code_unit();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first <= 0xDBFF && text_.substr(at_).starts_with("\\u")) {
      const std::size_t after_first = at_;
      at_ += 2;
      const char32_t second = read_code_unit();
      if (second >= 0xDC00 && second <= 0xDFFF) {
        return 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00);
      }
      at_ = after_first;
    }
    return kReplacement;
  }

  char32_t read_code_unit() {
    std::uint32_t unit = 0;
    const char* begin = text_.data() + at_;
    const std::size_t length = std::min<std::size_t>(text_.size() - at_, 4);
    const auto [end, error] = std::from_chars(begin, begin + length, unit, 16);
    if (error != std::errc{} || end != begin + 4 || at_ + 4 == text_.size()) {
      fail("Invalid \\uXXXX escape", at_ - 1);
    }
    at_ += 4;
    return unit;
  }

  Value read_number() {
    const std::size_t begin = at_;
    if (text_[at_] == '-') ++at_;
    const std::size_t first_digit = at_;
    if (next_is('0')) {
      ++at_;
    } else {
      skip_digits();
    }
    if (at_ == first_digit) fail("Expecting value", begin);
    bool is_integer = true;
    if (next_is('.') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      skip_digits();
      is_integer = false;
    }
    if (next_is('e') || next_is('E')) {
      const std::size_t before = at_++;
      if (next_is('+') || next_is('-')) ++at_;
      if (skip_digits()) {
        is_integer = false;
      } else {
        at_ = before;
      }
    }
    const std::string_view number = text_.substr(begin, at_ - begin);
    return is_integer ? integer(number) : Value(floating(number));
  }

  bool skip_digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > begin;
  }

  static Value integer(std::string_view number) {
    const char* end = number.data() + number.size();
    std::int64_t value = 0;
    if (std::from_chars(number.data(), end, value).ec == std::errc{}) return value;
    std::uint64_t positive = 0;
    if (std::from_chars(number.data(), end, positive).ec == std::errc{}) return positive;
    return floating(number);
  }

  static double floating(std::string_view number) {
    double value = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc{}) {
      return value;
    }
    // Too large or too small for a double: infinity or zero. Independent of the author's locale.
    static const locale_t c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
    return strtod_l(std::string(number).c_str(), nullptr, c_locale);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Open> open_;
  std::vector<std::string_view> keys_;
};

}  // namespace

Value parse_json(std::string_view text) { return Reader(text).read(); }

}  // namespace cppworker
