#include <sstream>
#include <utility>

// Included here and not in config_file.cpp, because this header takes long to compile.
#include <toml++/toml.h>

#include <cppworker/exception.hpp>

#include "app/config_file.hpp"

namespace cppworker::app {
namespace {

/// The value as Python's str() returns it, except that booleans are in lower case, as the options
/// expect them.
std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  std::ostringstream stream;
  node.visit([&](const auto& value) { stream << value; });
  return stream.str();
}

}  // namespace

std::optional<ConfigFile> parse_toml(std::string_view text, std::string name) {
  try {
    const toml::table document = toml::parse(text);
    const toml::table* settings = document.at_path("tool.locust").as_table();
    if (settings == nullptr) return std::nullopt;
    ConfigFile file{std::move(name), {}};
    for (const auto& [key, node] : *settings) {
      Setting setting{std::string(key.str()), {}};
      if (const toml::array* list = node.as_array()) {
        for (const toml::node& item : *list) setting.values.push_back(text_of(item));
      } else {
        setting.values.push_back(text_of(node));
      }
      file.settings.push_back(std::move(setting));
    }
    return file;
  } catch (const toml::parse_error& error) {
    throw Error("Couldn't parse TOML file " + name + ": " + std::string(error.description()));
  }
}

}  // namespace cppworker::app
