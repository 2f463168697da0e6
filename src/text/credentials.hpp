#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace cppworker::text {

/// The URL, or the host without "scheme://", without its user name and password.
[[nodiscard]] inline std::string without_credentials(const std::string& url) {
  const std::size_t slashes = url.find("//");
  const std::size_t begin = slashes == std::string::npos ? 0 : slashes + 2;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t at = url.rfind('@', end);
  if (at == std::string::npos || at < begin) return url;
  return url.substr(0, begin) + url.substr(at + 1);
}

}  // namespace cppworker::text
