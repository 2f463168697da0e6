#include "app/help_formatter.hpp"

#include <sstream>
#include <utility>

namespace cppworker::app {
namespace {

constexpr std::size_t kIndent = 32;
constexpr std::size_t kWidth = 100;

}  // namespace

std::string HelpFormatter::make_group(std::string group, bool is_positional,
                                      std::vector<const CLI::Option*> options) const {
  if (group == kHiddenGroup) return {};
  return CLI::Formatter::make_group(std::move(group), is_positional, std::move(options));
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  std::string line = "  " + make_option_name(option, is_positional);
  if (option->get_type_size() != 0) line += " " + option->get_type_name();

  std::string words = option->get_description();
  const std::string& fallback = option->get_default_str();
  const std::string& variable = option->get_envname();
  if (!fallback.empty()) words += " [default: " + fallback + "]";
  if (!variable.empty()) words += " [env: " + variable + "]";

  std::string text;
  if (line.size() >= kIndent) text = std::exchange(line, "") + "\n";
  line.resize(kIndent, ' ');
  std::stringstream stream(words);
  for (std::string word; stream >> word;) {
    if (line.size() + word.size() >= kWidth && line.size() > kIndent) {
      line.pop_back();
      text += std::exchange(line, std::string(kIndent, ' ')) + "\n";
    }
    line += word + " ";
  }
  line.pop_back();
  return text + line + "\n";
}

}  // namespace cppworker::app
