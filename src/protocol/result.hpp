#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.hpp"

namespace cppworker::protocol {

/// The reason of a failure, as text for a log line.
struct Failure {
  std::string text;
};

/// A value, or a Failure with the reason why there is none. For errors that are expected at run
/// time, such as invalid bytes from the network.
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
