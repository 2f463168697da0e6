#pragma once

#include <span>
#include <string>
#include <vector>

#include <cppworker/argument.hpp>
#include <cppworker/value.hpp>

#include "app/config_file.hpp"

namespace cppworker::app {

/// The part of the command line that can be read only when the locustfile's arguments are known.
struct ArgumentValues {
  Value::Map values;  ///< of all declared arguments, by their Python names ("my_argument")
  std::vector<std::string> words;         ///< of a command line that sets the same values
  std::vector<std::string> user_classes;  ///< the classes that the command line names
  std::vector<std::string> ignored;       ///< log messages about settings that have no effect
};

/// Reads `rest`, then the arguments' environment variables, then `settings` of configuration files.
/// User classes are read from LOCUST_USER_CLASSES if the command line names none. Prints a mistake
/// and throws EarlyExit, like parse_options().
[[nodiscard]] ArgumentValues read_arguments(const std::vector<std::string>& rest,
                                            const std::vector<Setting>& settings,
                                            std::span<const Argument> arguments);

/// Texts as a list in parsed_options.
[[nodiscard]] inline Value::List list_of(const std::vector<std::string>& texts) {
  return Value::List(texts.begin(), texts.end());
}

}  // namespace cppworker::app
