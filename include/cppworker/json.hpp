#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

/// A text is not JSON. Named and worded as in Python (CPython 3.11), with line, column and index in
/// characters: "Expecting value: line 1 column 1 (char 0)".
class CPPWORKER_EXPORT JSONDecodeError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// What Python's json.loads() makes of `text`, which is UTF-8: objects become maps in the order of
/// the text, of equal keys the last value counts, null becomes None; NaN, Infinity and -Infinity
/// are numbers, and so is 1e400 (infinity). Ints of up to 64 bits, with or without a sign, stay
/// ints. Where Python's values have no equal here: a larger int becomes the nearest float; invalid
/// bytes in a string, and a half of a surrogate pair, become U+FFFD.
/// Takes time in proportion to the text, on any stack. Throws JSONDecodeError, also for more than
/// 100 lists and objects inside each other and for a byte order mark.
[[nodiscard]] CPPWORKER_EXPORT Value parse_json(std::string_view text);

/// The text that Python's json.dumps() makes: `client().post("/cart", {.json = to_json(cart)})`.
/// Invalid UTF-8 in a string becomes U+FFFD. Throws std::invalid_argument for what JSON can't say
/// (raw bytes, a map's key that is a list) and for more than 100 lists and maps inside each other.
[[nodiscard]] CPPWORKER_EXPORT std::string to_json(const Value& value);

}  // namespace cppworker
