#pragma once

#include <span>
#include <string>
#include <vector>

#include <cppworker/argument.hpp>
#include <cppworker/value.hpp>

#include "app/config_file.hpp"

namespace cppworker::app {

/// What the rest of a command line says once the locustfile's arguments are known.
struct ArgumentValues {
  Value::Map values;  ///< of all declared arguments, by Python's name for them ("my_argument")
  std::vector<std::string> user_classes;  ///< the classes named on the command line
  std::vector<std::string> ignored;       ///< sentences
};

/// Reads `rest`, then the arguments' environment variables, then `settings` of configuration files.
/// LOCUST_USER_CLASSES names classes if the command line doesn't. Prints a mistake and throws
/// EarlyExit, as parse_options() does.
[[nodiscard]] ArgumentValues read_arguments(const std::vector<std::string>& rest,
                                            const std::vector<Setting>& settings,
                                            std::span<const Argument> arguments);

}  // namespace cppworker::app
