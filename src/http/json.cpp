#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cppworker/json.hpp>

#include "text/utf8.hpp"

namespace cppworker {

namespace {

/// Builds a Value while nlohmann's parser reads. Deep texts need no deep stack: users have little.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add(Value{}); }
  bool boolean(bool value) override { return add(Value(value)); }
  bool number_integer(std::int64_t value) override { return add(Value(value)); }
  bool number_unsigned(std::uint64_t value) override {
    return add(value <= static_cast<std::uint64_t>(INT64_MAX)
                   ? Value(static_cast<std::int64_t>(value))
                   : Value(value));
  }
  bool number_float(double value, const std::string&) override { return add(Value(value)); }
  bool string(std::string& value) override { return add(Value(std::move(value))); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_array() override { return close(); }
  bool key(std::string& value) override {
    open_.back().key = std::move(value);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    characters_read = position;
    return false;
  }

  Value result;
  std::size_t characters_read = 0;

 private:
  static constexpr std::size_t kDepthMax = 500;
  struct Open {
    bool is_map = false;
    std::string key;
    Value::Map map;
    Value::List list;
  };

  bool open(bool is_map) {
    if (open_.size() >= kDepthMax) {
      return false;
    }
    open_.push_back({.is_map = is_map, .key = {}, .map = {}, .list = {}});
    return true;
  }

  bool close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    return add(done.is_map ? Value(std::move(done.map)) : Value(std::move(done.list)));
  }

  bool add(Value value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().is_map) {
      put(open_.back().map, std::move(open_.back().key), std::move(value));
    } else {
      open_.back().list.push_back(std::move(value));
    }
    return true;
  }

  /// Of a key that is there twice the last value counts, as in Python.
  static void put(Value::Map& map, std::string key, Value value) {
    for (auto& [present, present_value] : map) {
      if (*present.as_string() == key) {
        present_value = std::move(value);
        return;
      }
    }
    map.emplace_back(std::move(key), std::move(value));
  }

  std::vector<Open> open_;
};

/// Python's words for the usual case, an answer that is something else altogether.
std::string error_text(std::string_view text, std::size_t characters_read) {
  const std::size_t at = std::min(characters_read - (characters_read > 0 ? 1 : 0), text.size());
  const std::string_view before = text.substr(0, at);
  const auto lines = std::ranges::count(before, '\n');
  const std::size_t line_end = before.rfind('\n');
  const std::size_t column = line_end == std::string_view::npos ? at + 1 : at - line_end;
  return fmt::format("Expecting value: line {} column {} (char {})", lines + 1, column, at);
}

void append_string(std::string& text, std::string_view value) {
  const std::string valid = text::to_utf8(value);
  text += '"';
  std::string_view rest = valid;
  while (!rest.empty()) {
    const text::Utf8Step step = text::decode_utf8(rest);
    const char32_t code = step.code_point;
    if (code == '"' || code == '\\') {
      text += '\\';
      text += static_cast<char>(code);
    } else if (code == '\n' || code == '\r' || code == '\t' || code == '\b' || code == '\f') {
      static constexpr std::string_view kNames = "btnvfr";
      text += '\\';
      text += kNames[code - '\b'];
    } else if (code >= 0x20 && code < 0x7f) {
      text += static_cast<char>(code);
    } else if (code < 0x10000) {
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    } else {
      const auto offset = static_cast<unsigned>(code) - 0x10000;
      text +=
          fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (offset >> 10U), 0xdc00 + (offset & 0x3ffU));
    }
    rest.remove_prefix(step.length);
  }
  text += '"';
}

void append(std::string& text, const Value& value);

struct Appender {
  std::string& text;

  void operator()(std::monostate) const { text += "null"; }
  void operator()(bool value) const { text += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { text += std::to_string(value); }
  void operator()(std::uint64_t value) const { text += std::to_string(value); }
  void operator()(double value) const {
    if (std::isnan(value)) {
      text += "NaN";
    } else if (std::isinf(value)) {
      text += value < 0 ? "-Infinity" : "Infinity";
    } else {
      const std::string digits = fmt::format("{}", value);
      text += digits;
      if (digits.find_first_of(".e") == std::string::npos) {
        text += ".0";
      }
    }
  }
  void operator()(const std::string& value) const { append_string(text, value); }
  void operator()(const Value::Bytes&) const {
    throw std::invalid_argument("Object of type bytes is not JSON serializable");
  }
  void operator()(const Value::List& list) const {
    text += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      text += i == 0 ? "" : ", ";
      append(text, list[i]);
    }
    text += ']';
  }
  void operator()(const Value::Map& map) const {
    text += '{';
    bool first = true;
    for (const auto& [key, value] : map) {
      text += std::exchange(first, false) ? "" : ", ";
      append_key(key);
      text += ": ";
      append(text, value);
    }
    text += '}';
  }
  void append_key(const Value& key) const {
    if (key.as_string() != nullptr) {
      append(text, key);
    } else if (key.as_list() != nullptr || key.as_map() != nullptr || key.as_bytes() != nullptr) {
      throw std::invalid_argument("keys must be str, int, float, bool or None");
    } else {
      text += '"';
      append(text, key);
      text += '"';
    }
  }
};

void append(std::string& text, const Value& value) { std::visit(Appender{text}, value.data()); }

}  // namespace

Value parse_json(std::string_view text) {
  Builder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    throw JSONDecodeError(error_text(text, builder.characters_read));
  }
  return std::move(builder.result);
}

std::string to_json(const Value& value) {
  std::string text;
  append(text, value);
  return text;
}

}  // namespace cppworker
