#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// A place in a file; line 0: unknown. Lines and columns count from 1.
struct Place {
  std::string file{};
  unsigned line = 0;
  unsigned column = 0;
};

/// One error of g++ or clang, with the lines around it.
struct CompilerError {
  Place place{};
  std::string text{};                 ///< after "error: ", with plain quotes
  std::vector<std::string> before{};  ///< "In instantiation of …", "required from here", …
  std::vector<std::string> after{};   ///< the source line, and the notes
};

/// `output` without colours, and with plain instead of typographic quotes.
[[nodiscard]] std::string plain_text(std::string_view output);

/// The errors in a compiler's plain_text(), in their order.
[[nodiscard]] std::vector<CompilerError> parse_errors(std::string_view output);

/// The place in the author's own code that an error is about: the error's own place or, if that is
/// in a header of the library, the place from which the author's code uses it.
/// @param is_own whether a file is the author's
[[nodiscard]] Place own_place(const CompilerError& error,
                              const std::function<bool(const std::string& file)>& is_own);

}  // namespace cppworker::loader
