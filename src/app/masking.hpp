#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <cppworker/value.hpp>

#include "failures/sample.hpp"
#include "stats/increment.hpp"

namespace cppworker::app {

/// Replaces secrets by kMask: values of secret arguments, the values of headers such as
/// Authorization, and the user names and passwords of URLs.
class Masking {
 public:
  static constexpr std::string_view kMask = "***";

  /// @param headers names besides Authorization, Proxy-Authorization, Cookie and Set-Cookie
  explicit Masking(std::vector<std::string> headers = {});

  /// A text that must not be in any output. "": ignored.
  void add_secret(const std::string& secret);

  /// Masks the sample's texts. What occurs in a masked header of the sample and has at least
  /// kShortestFound characters is masked in its other texts, too: a server may repeat it.
  void mask(failures::Sample& sample) const;
  static constexpr std::size_t kShortestFound = 6;
  /// Masks names and failures. Rows that are equal after that become one.
  void mask(stats::StatsIncrement& increment) const;
  void mask(std::string& text) const;
  [[nodiscard]] std::string masked(std::string text) const {
    mask(text);
    return text;
  }
  /// With secrets in its texts masked.
  [[nodiscard]] Value masked(const Value& value) const;

 private:
  [[nodiscard]] bool is_masked_header(std::string_view name) const;
  void mask_headers(std::string& lines, std::vector<std::string>& found) const;

  std::vector<std::string> headers_;
  std::vector<std::string> secrets_;  // in all spellings, the longest first
};

}  // namespace cppworker::app
