#pragma once

#include <optional>
#include <string>
#include <utility>

#include <cppworker/value.hpp>

#include "protocol/messages.hpp"

namespace cppworker::app {

/// Compares the master's locustfile with this worker's locustfile. With each spawn, the master's
/// stub sends the description that it was generated from (loader/description.hpp). Belongs to the
/// control thread.
class DriftCheck {
 public:
  /// @param description of this worker's locustfile, by loader::describe()
  explicit DriftCheck(std::string description) : description_(std::move(description)) {}

  /// Logs the differences, once for each description from the master.
  /// @param parsed_options of a spawn
  /// @return the differences for the master's Exceptions tab
  [[nodiscard]] std::optional<protocol::Exception> check(const Value& parsed_options);

 private:
  const std::string description_;
  std::string checked_;  // the last description from the master
};

}  // namespace cppworker::app
