#include "app/config_users.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

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

}  // namespace cppworker::app
