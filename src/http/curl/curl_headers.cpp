#include "http/curl/curl_headers.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "http/header_lines.hpp"

namespace cppworker::http {

namespace {

/// Makes libcurl leave out a header of its own.
void leave_out(HeaderList& list, std::string_view name) { append(list, std::string(name) + ":"); }

/// libcurl's notation of a header. It sends the text of an entry unchanged.
std::string entry(std::string_view name, std::string_view value) {
  std::string text(name);
  return value.empty() ? text + ";" : text.append(": ").append(value);
}

/// The request's headers. libcurl would wait for an answer after an "Expect: 100-continue", which
/// requests doesn't do. It doesn't see one that is part of another header's entry.
std::vector<std::string> entries(const Exchange::Request& request) {
  std::string_view lines = request.header_lines;
  std::vector<std::string> result;
  std::string expect;
  bool can_join = false;  // the last entry has a value
  while (!lines.empty()) {
    const auto [name, value] = split_header(take_line(lines));
    if (request.method == "HEAD" && equal_ignoring_case(name, "Content-Length")) {
      continue;  // libcurl sends no body with HEAD
    }
    if (equal_ignoring_case(name, "Expect") && !value.empty()) {
      expect.append("\r\n").append(entry(name, value));
    } else {
      result.push_back(entry(name, value));
      can_join = !value.empty();
    }
    if (can_join && !expect.empty()) {
      result.back() += expect;
      expect.clear();
    }
  }
  if (!expect.empty()) {
    result.push_back(expect.substr(2));
  }
  return result;
}

}  // namespace

HeaderList curl_headers(const Exchange::Request& request) {
  const auto has = [&request](std::string_view name) {
    return find_header(request.header_lines, name).data() != nullptr;
  };
  HeaderList list;
  if (has("Host")) {
    leave_out(list, "Host");  // libcurl would send it first
  }
  for (const std::string& text : entries(request)) {
    append(list, text);
  }
  if (request.has_body) {
    leave_out(list, "Expect");  // libcurl sends "Expect: 100-continue" before a large body
  }
  if (request.has_body && !has("Content-Type")) {
    leave_out(list, "Content-Type");  // libcurl declares every body a form
  }
  if (request.transport.may_have_proxy()) {
    leave_out(list, "Proxy-Connection");  // obsolete; requests doesn't send it
  }
  return list;
}

}  // namespace cppworker::http
