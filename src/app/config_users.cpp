#include "app/config_users.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>

namespace cppworker::app {
namespace {

std::string read(const std::string& text) {
  if (!text.ends_with(".json")) return text;
  std::ifstream file(text);
  if (!file) throw Error("--config-users: can't read the file '" + text + "'");
  return {std::istreambuf_iterator<char>(file), {}};
}

Value parse(const std::string& text) {
  try {
    return parse_json(read(text));
  } catch (const JSONDecodeError& error) {
    throw Error(std::string("The --config-users argument must be a valid JSON string or file: ") +
                error.what());
  }
}

}  // namespace

std::vector<Value> read_config_users(const std::vector<std::string>& texts,
                                     std::span<const detail::UserClass* const> classes) {
  std::vector<Value> configs;
  for (const std::string& text : texts) {
    const Value value = parse(text);
    const Value::List* list = value.as_list();
    for (const Value& config : list == nullptr ? Value::List{value} : *list) {
      const Value* name = config.find("user_class_name");
      if (name == nullptr || name->as_string() == nullptr) {
        throw Error("The user config must specify a user_class_name");
      }
      if (std::none_of(classes.begin(), classes.end(),
                       [&](const auto* known) { return known->name == *name->as_string(); })) {
        throw Error(
            "Error applying user config, probably you tried to specify config for a User not "
            "present in your locustfile: '" +
            *name->as_string() + "'");
      }
      configs.push_back(config);
    }
  }
  return configs;
}

detail::ClassAttributes configured_attributes(const detail::UserClass& user_class,
                                              std::span<const Value> configs) {
  detail::ClassAttributes attributes = user_class.attributes();
  const auto refuse = [&](const char* name, const Value& value, const char* kind) {
    throw Error(fmt::format("--config-users: the {} of {} is {}; it must be {}", name,
                            user_class.name, to_json(value), kind));
  };
  for (const Value& config : configs) {
    if (config["user_class_name"] != Value(user_class.name)) continue;
    if (const Value* weight = config.find("weight")) {
      if (!weight->to_double(attributes.weight) || !(attributes.weight >= 0)) {
        refuse("weight", *weight, "a number, 0 or greater");
      }
    }
    if (const Value* fixed_count = config.find("fixed_count")) {
      std::int64_t number = -1;
      if (!fixed_count->to_int64(number) || number < 0 || number > 1'000'000'000) {
        refuse("fixed_count", *fixed_count, "a whole number, 0 or greater");
      }
      attributes.fixed_count = static_cast<int>(number);
    }
  }
  return attributes;
}

}  // namespace cppworker::app
