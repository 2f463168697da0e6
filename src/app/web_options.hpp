#pragma once

#include <CLI/CLI.hpp>

#include "app/options.hpp"

namespace cppworker::app {

/// The settings of --web. Throws Error if a port is not valid.
/// @param app the parsed options
/// @param options its tags, exclude_tags, config_users and workers are used
[[nodiscard]] WebUi web_options(const CLI::App& app, const Options& options);

/// True if the option has an effect with --web, in this process or in the master.
[[nodiscard]] bool has_effect_with_web(const CLI::Option& option);

}  // namespace cppworker::app
