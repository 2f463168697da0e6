#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

/// The text is not JSON. Name and message are those of Python (CPython 3.11), with line, column and
/// index in characters: "Expecting value: line 1 column 1 (char 0)".
class CPPWORKER_EXPORT JSONDecodeError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Parses JSON like Python's json.loads(). `text` is UTF-8.
/// - An object becomes a map in the order of the text. If a key occurs more than once, the last
///   value is used.
/// - null becomes None. NaN, Infinity and -Infinity are numbers, and so is 1e400 (infinity).
/// - An int of up to 64 bits, signed or unsigned, stays an int. Unlike in Python, a larger one
///   becomes the nearest float.
/// - Unlike in Python, invalid UTF-8 in a string and an unpaired surrogate become U+FFFD.
///
/// Takes time in proportion to the length of the text and little stack. Throws JSONDecodeError,
/// also for more than 100 nested lists and objects and for a byte order mark.
[[nodiscard]] CPPWORKER_EXPORT Value parse_json(std::string_view text);

/// The same text as Python's json.dumps(): `client().post("/cart", {.json = to_json(cart)})`.
/// Invalid UTF-8 in a string becomes U+FFFD. Throws std::invalid_argument for values that JSON
/// can't represent (raw bytes, a list as a map's key) and for more than 100 nested lists and maps.
[[nodiscard]] CPPWORKER_EXPORT std::string to_json(const Value& value);

}  // namespace cppworker
