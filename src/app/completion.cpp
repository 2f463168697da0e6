#include "app/completion.hpp"

#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/help_text.hpp"
#include "app/option_table.hpp"

namespace cppworker::app {
namespace {

std::vector<OptionRow> all_rows() {
  std::vector<OptionRow> rows;
  for (OptionGroup& group : option_table()) {
    std::move(group.rows.begin(), group.rows.end(), std::back_inserter(rows));
  }
  return rows;
}

std::string first_sentence(const std::string& text) { return text.substr(0, text.find(". ")); }

/// Text in single quotes, with a backslash before each of the characters `special`.
std::string in_quotes(std::string_view text, std::string_view special = "") {
  std::string result = "'";
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) result += '\\';
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

// --- bash ---

constexpr std::string_view kBash =
    R"(# Completes cpp-worker in bash. Printed by `cpp-worker --print-completion bash`.
_cpp_worker() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD - 1]}}
  # bash makes three words of --option=value.
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  COMPREPLY=()
  case $option in
{}  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '{}' -- "$word")
  elif ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '{}' -- "$word")
  elif [[ ${{COMP_WORDS[1]}} == init ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$word")
  fi
}}
complete -F _cpp_worker cpp-worker
)";

/// An arm of `case $option in`.
std::string bash_case(const std::vector<std::string>& names, const std::string& commands) {
  return fmt::format("    {})\n{}      return\n      ;;\n", fmt::join(names, " | "), commands);
}

std::string bash() {
  std::string cases;
  std::vector<std::string> names;
  std::vector<std::string> files;
  std::vector<std::string> python_files;
  std::vector<std::string> others;  // an option whose value nobody can guess
  for (const OptionRow& row : all_rows()) {
    names.insert(names.end(), row.names.begin(), row.names.end());
    if (!row.choices.empty()) {
      cases += bash_case(
          row.names, fmt::format("      mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n",
                                 fmt::join(row.choices, " ")));
    } else if (!row.value.empty()) {
      auto& list = row.takes_python_file() ? python_files : row.takes_file() ? files : others;
      list.insert(list.end(), row.names.begin(), row.names.end());
    }
  }
  cases += bash_case(python_files,
                     "      compopt -o filenames\n"
                     "      mapfile -t COMPREPLY < <(\n"
                     "        compgen -d -- \"$word\"\n"
                     "        compgen -f -X '!*.py' -- \"$word\"\n"
                     "      )\n");
  cases += bash_case(files,
                     "      compopt -o filenames\n"
                     "      mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n");
  cases += bash_case(others, "");
  std::vector<std::string_view> words;
  for (const Command& command : commands()) words.push_back(command.name);
  return fmt::format(kBash, cases, fmt::join(names, " "), fmt::join(words, " "));
}

// --- zsh ---

std::string zsh_values(const OptionRow& row) {
  if (row.value.empty()) return {};
  std::string action = " ";
  if (!row.choices.empty()) {
    action = fmt::format("({})", fmt::join(row.choices, " "));
  } else if (row.takes_python_file()) {
    action = "_files -g \"*.py\"";
  } else if (row.takes_file()) {
    action = "_files";
  }
  return ":" + row.value + ":" + action;
}

std::string zsh() {
  std::string text =
      "#compdef cpp-worker\n"
      "# Completes cpp-worker in zsh. Printed by `cpp-worker --print-completion zsh`.\n"
      "_arguments -s -S";
  for (const OptionRow& row : all_rows()) {
    for (const std::string& name : row.names) {
      const bool is_long = name.starts_with("--");
      const std::string how = row.value.empty() ? "" : is_long ? "=" : "+";
      text += " \\\n  " +
              in_quotes("*" + name + how + "[" + first_sentence(row.text) + "]" + zsh_values(row));
    }
  }
  std::string first;
  for (const Command& command : commands()) {
    first += fmt::format(" {}\\:{}", command.name, in_quotes(command.text, "\\:"));
  }
  return text + fmt::format(" \\\n  \"1:command:(({}))\"", first.substr(1)) +
         " \\\n  '2:directory:_files -/'\n";
}

// --- fish ---

std::string fish() {
  std::string text =
      "# Completes cpp-worker in fish. Printed by `cpp-worker --print-completion fish`.\n"
      "complete -c cpp-worker -f\n"
      "complete -c cpp-worker -n '__fish_seen_subcommand_from init' -F\n";
  for (const Command& command : commands()) {
    text += fmt::format("complete -c cpp-worker -n __fish_use_subcommand -a {} -d {}\n",
                        command.name, in_quotes(command.text));
  }
  for (const OptionRow& row : all_rows()) {
    text += "complete -c cpp-worker";
    for (const std::string& name : row.names) {
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!row.choices.empty()) {
      text += fmt::format(" -x -a {}", in_quotes(fmt::format("{}", fmt::join(row.choices, " "))));
    } else if (!row.value.empty()) {
      text += row.takes_file() ? " -r -F" : " -x";
    }
    text += " -d " + in_quotes(first_sentence(row.text)) + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::string> completion_shells() { return {"bash", "zsh", "fish"}; }

std::string completion(std::string_view shell) {
  if (shell == "zsh") return zsh();
  if (shell == "fish") return fish();
  return bash();
}

}  // namespace cppworker::app
