#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace cppworker::app {

/// --help as Locust prints it: an option's text beside its name, wrapped, with its default and its
/// environment variable at the end.
class HelpFormatter final : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_option(const CLI::Option* option,
                                        bool is_positional) const override;
};

}  // namespace cppworker::app
