#include <cppworker/http_session.hpp>

#include "http/header_lines.hpp"

namespace cppworker {

std::string_view ResponseHeaders::operator[](std::string_view name) const {
  return http::find_header(lines_, name);
}

bool ResponseHeaders::contains(std::string_view name) const {
  return http::find_header(lines_, name).data() != nullptr;
}

std::vector<std::pair<std::string_view, std::string_view>> ResponseHeaders::items() const {
  std::vector<std::pair<std::string_view, std::string_view>> items;
  std::string_view lines = lines_;
  while (!lines.empty()) {
    items.push_back(http::split_header(http::take_line(lines)));
  }
  return items;
}

}  // namespace cppworker
