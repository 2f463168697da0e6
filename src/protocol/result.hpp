#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.hpp"

namespace cppworker::protocol {

/// What went wrong, in a sentence for a log line.
struct Failure {
  std::string text;
};

/// A value, or why there is none: for what is expected to go wrong at run time, such as bytes from
/// the network. Never both, never neither.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : data_(std::move(value)) {}            // NOLINT(google-explicit-constructor)
  Result(Failure failure) : data_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return std::holds_alternative<T>(data_); }
  explicit operator bool() const { return ok(); }

  /// @pre ok()
  [[nodiscard]] T& value() & {
    CHECK(ok());
    return std::get<T>(data_);
  }
  [[nodiscard]] const T& value() const& {
    CHECK(ok());
    return std::get<T>(data_);
  }
  [[nodiscard]] T&& value() && {
    CHECK(ok());
    return std::get<T>(std::move(data_));
  }

  /// @pre !ok()
  [[nodiscard]] const std::string& error() const {
    CHECK(!ok());
    return std::get<Failure>(data_).text;
  }

 private:
  std::variant<T, Failure> data_;
};

}  // namespace cppworker::protocol
