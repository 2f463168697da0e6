#include "http/curl/curl_headers.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "http/header_lines.hpp"

namespace cppworker::http {

namespace {

/// Appends headers to libcurl's list. libcurl sends an entry unchanged, but compares each one with
/// a dozen names first. So headers that libcurl (7.88 to 8.14) doesn't interpret are joined to the
/// entry before them.
class Entries {
 public:
  explicit Entries(HeaderList& list) : list_(list) {}

  void add(std::string_view name, std::string_view value) {
    const bool joins =
        !entry_.empty() && !value.empty() &&
        (equal_ignoring_case(name, "User-Agent") || equal_ignoring_case(name, "Connection"));
    if (joins) {
      entry_.append("\r\n");
    } else {
      flush();
    }
    if (value.empty()) {
      append(list_, std::string(name) + ";");  // libcurl's notation of an empty value
    } else {
      entry_.append(name).append(": ").append(value);
    }
  }

  void flush() {
    if (!entry_.empty()) {
      append(list_, entry_);
      entry_.clear();
    }
  }

 private:
  HeaderList& list_;
  std::string entry_;
};

/// Makes libcurl leave out a header of its own.
void leave_out(HeaderList& list, std::string_view name) { append(list, std::string(name) + ":"); }

/// The value of the Host header; "": libcurl sets it, because a name that was written with %XX may
/// contain any character.
std::string host_header(const Url& url) {
  std::string value(url.host());
  if (const std::size_t zone = url.zone(); zone != std::string::npos) {
    value.resize(zone);
    value += ']';
  }
  const bool is_plain = std::ranges::all_of(
      value, [](char character) { return character > ' ' && character != '%'; });
  if (!is_plain) {
    return {};
  }
  if (url.port() != default_port(url.https())) {
    value.append(":").append(std::to_string(url.port()));
  }
  return value;
}

}  // namespace

HeaderList curl_headers(const ExchangeRequest& request) {
  const auto has = [&request](std::string_view name) {
    return find_header(request.header_lines, name).data() != nullptr;
  };
  HeaderList list;
  Entries entries(list);
  // libcurl prints its own Host header twice, character by character.
  const std::string host = has("Host") ? std::string() : host_header(*request.url);
  if (!host.empty()) {
    leave_out(list, "Host");
    entries.add("Host", host);
  } else if (has("Host")) {
    leave_out(list,
              "Host");  // libcurl would send the author's first; requests sends it in its place
  }
  std::string_view lines = request.header_lines;
  while (!lines.empty()) {
    const auto [name, value] = split_header(take_line(lines));
    // libcurl sends no body with HEAD.
    if (request.method != "HEAD" || !equal_ignoring_case(name, "Content-Length")) {
      entries.add(name, value);
    }
  }
  entries.flush();
  if (request.has_body && !has("Expect")) {
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
