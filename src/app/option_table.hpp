#pragma once

#include <string>
#include <vector>

namespace cppworker::app {

/// What --help lists of an option, for the man page and the completions of shells.
struct OptionRow {
  std::vector<std::string> names;    ///< "-f", "--locustfile"
  std::string value;                 ///< what follows the name: "FILE"; empty for a flag
  std::vector<std::string> choices;  ///< the possible values, if there is a list of them
  std::string text;
  std::string fallback;  ///< the default; empty if the text has it
  std::string variable;  ///< of the environment; empty if there is none

  /// The value is the name of a file.
  [[nodiscard]] bool takes_file() const { return value.find("FILE") != std::string::npos; }
  [[nodiscard]] bool takes_python_file() const { return value == "FILE.py"; }
};

/// The options under one heading of --help.
struct OptionGroup {
  std::string name;
  std::vector<OptionRow> rows;
};

/// All options of --help, in its order.
[[nodiscard]] std::vector<OptionGroup> option_table();

}  // namespace cppworker::app
