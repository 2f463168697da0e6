#pragma once

#include <span>
#include <string>

#include <cppworker/argument.hpp>

#include "loader/python_text.hpp"

namespace cppworker::loader {

/// The part of the generated Python locustfile that declares the locustfile's own arguments and a
/// hidden one with which the master sends `description` (see description.hpp) to each worker.
[[nodiscard]] std::string arguments_text(std::span<const Argument> arguments,
                                         const std::string& description, Imports& imports);

}  // namespace cppworker::loader
