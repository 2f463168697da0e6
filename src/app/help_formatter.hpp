#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace cppworker::app {

/// Formats --help as Locust does: an option's text is next to its name, wrapped, with its default
/// and its environment variable at the end.
class HelpFormatter final : public CLI::Formatter {
 public:
  /// The group that --help omits. CLI11's own hidden group would omit its options from error
  /// messages as well.
  static constexpr const char* kHiddenGroup = "Hidden";

  [[nodiscard]] std::string make_group(std::string group, bool is_positional,
                                       std::vector<const CLI::Option*> options) const override;
  [[nodiscard]] std::string make_option(const CLI::Option* option,
                                        bool is_positional) const override;
};

}  // namespace cppworker::app
