#include "http/fast/parse_error.hpp"

#include <fmt/format.h>

#include "text/python_repr.hpp"

namespace cppworker::http::fast {

std::string ParseError::text() const {
  if (reason == nullptr) {
    return {};
  }
  const std::string quoted = text::python_repr(reason);
  return code == kNoCode ? quoted : fmt::format("{}, {}", quoted, code);
}

}  // namespace cppworker::http::fast
