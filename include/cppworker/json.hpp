#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

/// A text that is no JSON; named and worded as in Python.
class CPPWORKER_EXPORT JSONDecodeError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Objects become maps in the order of the text, null becomes None. Throws JSONDecodeError.
[[nodiscard]] CPPWORKER_EXPORT Value parse_json(std::string_view text);

/// The text that Python's json.dumps() makes: `client().post("/cart", {.json = to_json(cart)})`.
/// Throws std::invalid_argument for what JSON can't say (raw bytes, a map's key that is a list).
[[nodiscard]] CPPWORKER_EXPORT std::string to_json(const Value& value);

}  // namespace cppworker
