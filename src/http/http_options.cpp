#include <algorithm>
#include <utility>

#include <cppworker/http_options.hpp>

#include "http/header_lines.hpp"

namespace cppworker {

namespace {

/// An iterator to the header of that name, or the end.
auto find(auto& headers, std::string_view name) {
  return std::ranges::find_if(headers, [name](const auto& header) {
    return http::equal_ignoring_case(header.first, name);
  });
}

}  // namespace

Headers::Place& Headers::Place::operator=(std::string_view value) {
  const auto found = find(headers_, name_);
  if (found != headers_.end()) {
    found->second = value;
  } else {
    headers_.emplace_back(name_, value);
  }
  return *this;
}

Headers::Place::operator std::string() const { return std::as_const(headers_)[name_]; }

std::string Headers::operator[](std::string_view name) const& {
  const auto found = find(*this, name);
  if (found == end()) throw http::missing_header(name);
  return found->second;
}

bool Headers::contains(std::string_view name) const { return find(*this, name) != end(); }

}  // namespace cppworker
