#include "app/option_table.hpp"

#include <algorithm>

#include "app/command_line.hpp"
#include "app/help_formatter.hpp"

namespace cppworker::app {
namespace {

OptionRow row_of(const CLI::Option& option, const CommandLine& command_line) {
  OptionRow row;
  for (const std::string& name : option.get_snames()) row.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) row.names.push_back("--" + name);
  if (option.get_type_size() != 0) row.value = option.get_type_name();
  row.choices = command_line.choices_of(&option);
  row.text = option.get_description();
  // A text with a default of its own knows more than the value here, for example the CPUs of the
  // machine on which the man page is made.
  if (row.text.find("default:") == std::string::npos) row.fallback = option.get_default_str();
  row.variable = option.get_envname();
  return row;
}

}  // namespace

std::vector<OptionGroup> option_table() {
  const CommandLine command_line(false);
  std::vector<OptionGroup> groups;
  for (const CLI::Option* option : command_line.app().get_options()) {
    const std::string& name = option->get_group();
    if (name == HelpFormatter::kHiddenGroup) continue;
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const OptionGroup& known) { return known.name == name; });
    if (group == groups.end()) group = groups.insert(groups.end(), OptionGroup{name, {}});
    group->rows.push_back(row_of(*option, command_line));
  }
  return groups;
}

}  // namespace cppworker::app
