#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <cppworker/json.hpp>

#include "text/hex.hpp"
#include "text/utf8.hpp"
#include "value/float_text.hpp"
#include "value/json_depth.hpp"

namespace cppworker {

namespace {

bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

void append_escape(std::string& text, char32_t code) {
  const auto unit = [&text](char32_t value) {
    text += "\\u";
    text::append_hex(text, value, 4);
  };
  if (code == '"' || code == '\\') {
    text += '\\';
    text += static_cast<char>(code);
  } else if (code == '\n' || code == '\r' || code == '\t' || code == '\b' || code == '\f') {
    static constexpr std::string_view kLetters = "btnvfr";
    text += '\\';
    text += kLetters[code - '\b'];
  } else if (code < 0x10000) {
    unit(code);
  } else {
    unit(0xd800 + ((code - 0x10000) >> 10U));
    unit(0xdc00 + ((code - 0x10000) & 0x3ffU));
  }
}

void append_string(std::string& text, std::string_view value) {
  text += '"';
  while (!value.empty()) {
    std::size_t plain = 0;
    while (plain < value.size() && is_plain(value[plain])) ++plain;
    text += value.substr(0, plain);
    value.remove_prefix(plain);
    if (!value.empty()) {
      const text::Utf8Step step = text::decode_utf8(value);
      append_escape(text, step.valid ? step.code_point : U'\uFFFD');
      value.remove_prefix(step.length);
    }
  }
  text += '"';
}

void append(std::string& text, const Value& value, std::size_t depth);

/// Writes each type of value. `depth` is the number of lists and maps around it.
struct Appender {
  std::string& text;
  std::size_t depth;

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
      text += value::float_text(value);
    }
  }
  void operator()(const std::string& value) const { append_string(text, value); }
  void operator()(const Value::Bytes&) const {
    throw std::invalid_argument("Object of type bytes is not JSON serializable");
  }
  void operator()(const Value::List& list) const {
    check_depth();
    text += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      text += i == 0 ? "" : ", ";
      append(text, list[i], depth + 1);
    }
    text += ']';
  }
  void operator()(const Value::Map& map) const {
    check_depth();
    text += '{';
    bool first = true;
    for (const auto& [key, value] : map) {
      if (std::holds_alternative<Value::Missing>(value.data())) continue;
      text += std::exchange(first, false) ? "" : ", ";
      append_key(key);
      text += ": ";
      append(text, value, depth + 1);
    }
    text += '}';
  }
  void operator()(const Value::Missing& missing) const { missing.fail(); }
  void append_key(const Value& key) const {
    if (key.as_string() != nullptr) {
      append(text, key, depth);
    } else if (key.as_list() != nullptr || key.as_map() != nullptr || key.as_bytes() != nullptr) {
      throw std::invalid_argument("keys must be str, int, float, bool or None");
    } else {
      text += '"';
      append(text, key, depth);
      text += '"';
    }
  }
  void check_depth() const {
    if (depth == value::kMaxJsonDepth) {
      throw std::invalid_argument(
          fmt::format("lists and maps nested more than {} deep", value::kMaxJsonDepth));
    }
  }
};

void append(std::string& text, const Value& value, std::size_t depth) {
  std::visit(Appender{text, depth}, value.data());
}

}  // namespace

std::string to_json(const Value& value) {
  std::string text;
  append(text, value, 0);
  return text;
}

}  // namespace cppworker
