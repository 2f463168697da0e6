#include "app/timespan.hpp"

#include <regex>

#include <cppworker/exception.hpp>

namespace cppworker::app {

std::chrono::seconds parse_timespan(const std::string& text) {
  static const std::regex pattern(R"((?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?)");
  std::smatch parts;
  if (text.empty() || !std::regex_match(text, parts, pattern)) {
    throw Error("'" + text +
                "' is not a valid time span. Use for example 20, 20s, 3m, 2h, 1h20m or "
                "3h30m10s.");
  }
  const auto number = [&](int group) {
    return parts[static_cast<std::size_t>(group)].matched
               ? std::stoll(parts.str(static_cast<std::size_t>(group)))
               : 0LL;
  };
  return std::chrono::hours{number(1)} + std::chrono::minutes{number(2)} +
         std::chrono::seconds{number(3)};
}

}  // namespace cppworker::app
