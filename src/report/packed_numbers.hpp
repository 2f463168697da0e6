#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace cppworker::report {

/// Integers as text, in the variable-length base64 of source maps: small numbers have one
/// character. Needs no escaping in JSON and HTML.
class PackedNumbers {
 public:
  void add(std::int64_t number);
  /// Adds the difference from the last call's number (at first: from 0).
  void add_difference(std::int64_t number) {
    add(number - last_);
    last_ = number;
  }
  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  std::string text_;
  std::int64_t last_ = 0;
};

}  // namespace cppworker::report
