#include <charconv>
#include <stdexcept>

#include <cppworker/json.hpp>
#include <cppworker/parsed_options.hpp>

namespace cppworker::detail {
namespace {

const Value& option(const Value& options, std::string_view name) {
  const Value* value = options.find(name);
  if (value == nullptr) {
    throw std::invalid_argument("parsed_options has no '" + std::string(name) +
                                "': declare it in CPPWORKER_ARGUMENTS");
  }
  return *value;
}

[[noreturn]] void fail(std::string_view name, const Value& value, const char* type) {
  throw std::invalid_argument("the value of the option '" + std::string(name) + "', " +
                              to_json(value) + ", is not " + type);
}

}  // namespace

bool option_as_bool(const Value& options, std::string_view name) {
  const Value& value = option(options, name);
  double number = 0;
  if (value.is_none()) return false;
  if (const bool* flag = value.as_bool()) return *flag;
  if (value.to_double(number)) return number != 0;
  if (const std::string* text = value.as_string()) {
    if (*text == "true" || *text == "True" || *text == "1") return true;
    if (*text == "false" || *text == "False" || *text == "0" || text->empty()) return false;
  }
  fail(name, value, "a boolean");
}

std::int64_t option_as_int64(const Value& options, std::string_view name) {
  const Value& value = option(options, name);
  std::int64_t number = 0;
  if (value.is_none() || value.to_int64(number)) return number;
  if (const std::string* text = value.as_string()) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc{} && end == text->data() + text->size()) return number;
  }
  fail(name, value, "an integer");
}

double option_as_double(const Value& options, std::string_view name) {
  const Value& value = option(options, name);
  double number = 0;
  if (value.is_none() || value.to_double(number)) return number;
  if (const std::string* text = value.as_string()) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc{} && end == text->data() + text->size()) return number;
  }
  fail(name, value, "a number");
}

std::string option_as_string(const Value& options, std::string_view name) {
  const Value& value = option(options, name);
  std::int64_t whole = 0;
  double number = 0;
  if (value.is_none()) return {};
  if (const std::string* text = value.as_string()) return *text;
  if (const bool* flag = value.as_bool()) return *flag ? "true" : "false";
  if (value.to_int64(whole)) return std::to_string(whole);
  if (value.to_double(number)) {
    std::string text(32, '\0');
    text.resize(static_cast<std::size_t>(
        std::to_chars(text.data(), text.data() + text.size(), number).ptr - text.data()));
    return text;
  }
  fail(name, value, "a text");
}

std::vector<std::string> option_as_strings(const Value& options, std::string_view name) {
  const Value& value = option(options, name);
  const Value::List* list = value.as_list();
  if (list == nullptr) {
    std::string text = option_as_string(options, name);
    return text.empty() ? std::vector<std::string>{} : std::vector{std::move(text)};
  }
  std::vector<std::string> texts;
  for (const Value& item : *list) {
    texts.push_back(option_as_string(Value(Value::Map{{name, item}}), name));
  }
  return texts;
}

}  // namespace cppworker::detail
