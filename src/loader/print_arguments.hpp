#pragma once

#include <span>
#include <string>

#include <cppworker/argument.hpp>

#include "loader/python_text.hpp"

namespace cppworker::loader {

/// The part of the stub that declares the locustfile's own arguments, and one that carries
/// `description` (see description.hpp) back to each worker.
[[nodiscard]] std::string arguments_text(std::span<const Argument> arguments,
                                         const std::string& description, Imports& imports);

}  // namespace cppworker::loader
