#pragma once

#include <CLI/CLI.hpp>

#include "app/options.hpp"

namespace cppworker::app {

/// What --web needs, from the options that have been read. Throws Error.
/// @param options tags, classes and the number of workers
[[nodiscard]] WebUi web_options(const CLI::App& app, const Options& options);

/// True if the option has an effect with --web, in this process or in the master.
[[nodiscard]] bool has_effect_with_web(const CLI::Option& option);

}  // namespace cppworker::app
