#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace cppworker::app {

/// --help as Locust prints it: an option's text beside its name, wrapped, with its default and its
/// environment variable at the end.
class HelpFormatter final : public CLI::Formatter {
 public:
  /// Left out. CLI11's own hidden group would leave its options' names out of mistakes, too.
  static constexpr const char* kHiddenGroup = "Hidden";

  [[nodiscard]] std::string make_group(std::string group, bool is_positional,
                                       std::vector<const CLI::Option*> options) const override;
  [[nodiscard]] std::string make_option(const CLI::Option* option,
                                        bool is_positional) const override;
};

}  // namespace cppworker::app
