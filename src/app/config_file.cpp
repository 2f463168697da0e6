#include "app/config_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <utility>

#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>

#include "text/trimmed.hpp"

namespace cppworker::app {
namespace {

/// The items of `["a", "b"]`, a JSON array, or of `[a, b]`, as older versions of ConfigArgParse
/// accept it.
std::vector<std::string> list_items(const std::string& text) {
  std::vector<std::string> items;
  try {
    const Value json = parse_json(text);
    for (const Value& item : *json.as_list()) {
      items.push_back(item.as_string() != nullptr ? *item.as_string() : to_json(item));
    }
    return items;
  } catch (const JSONDecodeError&) {
  }
  std::stringstream parts(text.substr(1, text.size() - 2));
  for (std::string part; std::getline(parts, part, ',');) items.emplace_back(text::trimmed(part));
  return items;
}

void add(ConfigFile& file, Setting setting) {
  std::erase_if(file.settings, [&](const Setting& other) { return other.key == setting.key; });
  file.settings.push_back(std::move(setting));
}

std::optional<std::string> read(const std::filesystem::path& path) {
  std::ifstream stream(path);
  if (!stream || std::filesystem::is_directory(path)) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace

ConfigFile parse_conf(std::string_view text, std::string name) {
  // A key; optionally one of "=", ":" or a blank, and a value, quoted or not; optionally a comment.
  static const std::regex pattern(
      R"(^([^:=;#\s]+)\s*(?:([:=\s])\s*(['"]?)(.*?)\3)?\s*(?:\s[;#].*)?$)");
  ConfigFile file{std::move(name), {}};
  std::stringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    line = text::trimmed(line);
    if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == '[' ||
        line.starts_with("---")) {
      continue;
    }
    std::smatch parts;
    if (!std::regex_match(line, parts, pattern)) {
      throw Error(file.name + ": can't parse the line '" + line + "'. Use: key = value");
    }
    std::string value = parts.str(4);
    if (value.empty() && (!parts[2].matched || parts.str(2) == " ")) value = "true";
    const bool is_list = value.starts_with('[') && value.ends_with(']');
    std::string key = parts.str(1);
    key.erase(0, key.find_first_not_of('-'));
    add(file, {std::move(key), is_list ? list_items(value) : std::vector{value}});
  }
  return file;
}

std::vector<ConfigFile> read_config_files(const std::string& config) {
  std::vector<ConfigFile> files;
  const auto add_file = [&files](const std::filesystem::path& path, const std::string& name) {
    const std::optional<std::string> text = read(path);
    if (!text) return false;
    if (path.extension() == ".toml") {
      if (auto file = parse_toml(*text, name)) files.push_back(std::move(*file));
    } else {
      files.push_back(parse_conf(*text, name));
    }
    return true;
  };
  if (!config.empty() && !add_file(config, config)) {
    throw Error("Unable to open config file: " + config);
  }
  add_file("pyproject.toml", "pyproject.toml");
  add_file("locust.conf", "locust.conf");
  if (const char* home = std::getenv("HOME"); home != nullptr) {
    add_file(std::filesystem::path(home) / ".locust.conf", "~/.locust.conf");
  }
  return files;
}

}  // namespace cppworker::app
