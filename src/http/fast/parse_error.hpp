#pragma once

#include <string>

namespace cppworker::http::fast {

/// A violation of HTTP/1.x, with the message and the number of the Python client's parser (llhttp).
struct ParseError {
  static constexpr int kNoCode = -1;  ///< a message of geventhttpclient's own

  const char* reason = nullptr;  ///< a literal; null: no error
  int code = kNoCode;

  explicit operator bool() const { return reason != nullptr; }
  /// HTTPParseError's arguments; "" without an error.
  [[nodiscard]] std::string text() const;
};

}  // namespace cppworker::http::fast
