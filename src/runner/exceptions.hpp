#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/messages.hpp"

namespace cppworker::runner {

/// An exception of user code, counted by its site.
struct ExceptionRow {
  std::int64_t count = 0;
  std::string msg;
  std::string traceback;
};

/// The table of exceptions of a run.
class Exceptions {
 public:
  /// @param most rows; exceptions that would need more are not counted
  explicit Exceptions(std::size_t most) : most_(most) {}

  void add(const protocol::Exception& exception);
  void clear() { rows_.clear(); }
  /// In the order in which they first occurred.
  [[nodiscard]] const std::vector<ExceptionRow>& rows() const { return rows_; }

 private:
  std::size_t most_;
  std::vector<ExceptionRow> rows_;
};

}  // namespace cppworker::runner
