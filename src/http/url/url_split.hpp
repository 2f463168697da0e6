#pragma once

#include <string_view>

namespace cppworker::http {

/// The five parts of a URL, unchanged; views into the text.
struct UrlSplit {
  std::string_view scheme;     ///< as written; "" if absent
  std::string_view authority;  ///< "" if absent
  std::string_view path;
  std::string_view query;     ///< without '?'
  std::string_view fragment;  ///< without '#'
};

[[nodiscard]] UrlSplit split_url(std::string_view text);

}  // namespace cppworker::http
