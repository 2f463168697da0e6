#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include <cppworker/env.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/value.hpp>

#include "text/ascii_case.hpp"
#include "text/log_text.hpp"

namespace cppworker {
namespace {

/// nullptr: not set.
const char* find(std::string_view name) {
  return std::getenv(
      std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe): no code calls setenv()
}

[[noreturn]] void refuse_text(std::string_view name, std::string_view text,
                              std::string_view needed) {
  throw Error(
      fmt::format("The environment variable {} is \"{}\", which is not {}. Correct it, or "
                  "unset it to use the default of the locustfile.",
                  name, text::quote_for_log(text), needed));
}

/// Without the white space around it and a "+", which from_chars() does not accept.
std::string_view number_text(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(kSpace) + 1));
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

template <class T>
bool read(std::string_view text, T& number) {
  const std::string_view digits = number_text(text);
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return result.ec == std::errc() && result.ptr == digits.data() + digits.size();
}

}  // namespace

namespace detail {

bool env_bool(std::string_view name, bool default_value) {
  const char* const text = find(name);
  if (text == nullptr) return default_value;
  for (const std::string_view word : {"1", "true", "yes", "on"}) {
    if (text::to_lower(number_text(text)) == word) return true;
  }
  for (const std::string_view word : {"0", "false", "no", "off"}) {
    if (text::to_lower(number_text(text)) == word) return false;
  }
  refuse_text(name, text, "true or false (or yes/no, on/off, 1/0)");
}

std::int64_t env_signed(std::string_view name, std::int64_t default_value, std::int64_t min,
                        std::int64_t max) {
  const char* const text = find(name);
  if (text == nullptr) return default_value;
  std::int64_t number = 0;
  if (read(text, number) && number >= min && number <= max) return number;
  refuse_text(name, text, fmt::format("an integer from {} to {}", min, max));
}

std::uint64_t env_unsigned(std::string_view name, std::uint64_t default_value, std::uint64_t max) {
  const char* const text = find(name);
  if (text == nullptr) return default_value;
  std::uint64_t number = 0;
  if (read(text, number) && number <= max) return number;
  refuse_text(name, text, fmt::format("an integer from 0 to {}", max));
}

double env_double(std::string_view name, double default_value) {
  const char* const text = find(name);
  if (text == nullptr) return default_value;
  double number = 0;
  if (read(text, number)) return number;
  refuse_text(name, text, "a number");
}

}  // namespace detail

std::string env(std::string_view name) {
  if (const char* const text = find(name)) return text;
  throw KeyError(fmt::format("'{}': this environment variable is not set", name));
}

std::string env(std::string_view name, std::string_view default_value) {
  const char* const text = find(name);
  return text != nullptr ? std::string(text) : std::string(default_value);
}

}  // namespace cppworker
