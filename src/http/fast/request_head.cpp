#include "http/fast/request_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <cppworker/version.hpp>

#include "http/fast/http_bytes.hpp"
#include "http/header_lines.hpp"
#include "http/latin1.hpp"
#include "http/merged_headers.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http::fast {

namespace {

constexpr std::string_view kUserAgent = "cpp-worker/" CPPWORKER_VERSION;
constexpr std::string_view kAcceptEncoding = "gzip, deflate, br";
constexpr std::string_view kDefaultLines = "User-Agent: cpp-worker/" CPPWORKER_VERSION
                                           "\r\n"
                                           "Accept-Encoding: gzip, deflate, br\r\n";

/// Upper bound of the bytes around the texts of a request.
constexpr std::size_t kSpare = 200;

/// Whether geventhttpclient sends the value: characters of Latin-1, or any bytes that aren't UTF-8.
bool is_sendable(std::string_view value) { return all_of(value, kIsValue) && is_latin1(value); }

void check(const MergedHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (name.empty() || !all_of(name, kIsToken)) {
      throw std::invalid_argument("invalid header field name " +
                                  text::python_repr(text::to_utf8(name)));
    }
    if (!is_sendable(value)) {
      throw std::invalid_argument(fmt::format("invalid value for header field {}: {}",
                                              text::python_repr(text::to_utf8(name)),
                                              text::python_repr(text::to_utf8(value))));
    }
    if (equal_ignoring_case(name, "Transfer-Encoding")) {
      throw std::invalid_argument(
          "FastHttpUser can't send a body in chunks (Transfer-Encoding): use HttpUser.");
    }
  }
}

/// Adds the headers that geventhttpclient derives from the body. It adds the length of JSON, and of
/// data with a type of the author's, only after Host.
void add_body_headers(const HeadInputs& inputs, std::string_view length, MergedHeaders& headers) {
  if (inputs.json) {
    if (!contains_header(inputs.own, "Content-Type")) {
      set_header(headers, "Content-Type", inputs.content_type);
    }
    return;
  }
  const bool sets_type = inputs.files || !contains_header(headers, "Content-Type");
  if (sets_type) {
    set_header(headers, "content-type", inputs.content_type);
  }
  if (sets_type || inputs.form) {
    set_header(headers, "content-length", length);
  }
}

/// The author's headers and the library's, in the order of locust.contrib.fasthttp. `length` must
/// live as long as the result.
MergedHeaders merge(const HeadInputs& inputs, std::string_view length) {
  MergedHeaders headers;
  headers.emplace_back("User-Agent", kUserAgent);
  for (const Headers* given : {&inputs.session, &inputs.own}) {
    for (const auto& [name, value] : *given) {
      set_header(headers, name, value);
    }
  }
  const auto drop = [&headers](std::string_view name) {
    std::erase_if(headers,
                  [name](const auto& header) { return equal_ignoring_case(header.first, name); });
  };
  if (inputs.redirected) {
    drop("Cookie");
  }
  if (inputs.auth_dropped) {
    drop("Authorization");
  } else if (!inputs.authorization.empty()) {
    set_header(headers, "Authorization", inputs.authorization);
  }
  if (!contains_header(inputs.own, "Accept-Encoding")) {
    set_header(headers, "Accept-Encoding", kAcceptEncoding);
  }
  if (inputs.body_dropped) {
    drop("Content-Type");
    drop("Content-Length");
    drop("Content-Encoding");
  } else if (!inputs.content_type.empty()) {
    add_body_headers(inputs, length, headers);
  }
  if (inputs.json && !contains_header(inputs.own, "Accept")) {
    set_header(headers, "Accept", "application/json");
  }
  if (!inputs.cookie.empty() && !contains_header(headers, "Cookie")) {
    headers.emplace_back("Cookie", inputs.cookie);
  }
  check(headers);
  return headers;
}

/// Writes to memory of sufficient size.
class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  Writer& operator<<(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
    return *this;
  }
  Writer& operator<<(char character) {
    *at_++ = character;
    return *this;
  }
  /// In Latin-1. @pre is_latin1(text)
  void write_latin1(std::string_view text) {
    if (is_ascii(text)) {
      *this << text;
    } else {
      *this << to_latin1(text);
    }
  }
  Writer& operator<<(std::size_t number) {
    at_ = std::to_chars(at_, at_ + kDigitsMax, number).ptr;
    return *this;
  }
  static constexpr std::size_t kDigitsMax = 20;
  [[nodiscard]] const char* at() const { return at_; }

 private:
  char* at_;
};

void write_host(Writer& out, const Url& url, bool always_port) {
  const std::size_t zone = url.zone();
  out << url.host().substr(0, zone);
  if (zone != std::string_view::npos) {
    out << ']';
  }
  if (always_port || (url.port() != 80 && url.port() != 443)) {
    out << ':' << std::size_t{url.port()};
  }
}

bool wants_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

std::string_view write_request_head(const HeadInputs& inputs, std::string& memory) {
  if (inputs.method.empty() || !all_of(inputs.method, kIsToken)) {
    throw std::invalid_argument("invalid HTTP method " +
                                text::python_repr(text::to_utf8(inputs.method)));
  }
  const std::string_view target = inputs.url.path_url();
  const bool all_default = inputs.session.empty() && inputs.own.empty() &&
                           inputs.authorization.empty() && inputs.content_type.empty() &&
                           inputs.cookie.empty() && !inputs.json;
  const std::string length = all_default ? std::string() : std::to_string(inputs.body_size);
  const MergedHeaders headers = all_default ? MergedHeaders() : merge(inputs, length);

  // An upper bound of what is written below.
  std::size_t size = inputs.method.size() + target.size() + 2 * inputs.url.host().size() +
                     kDefaultLines.size() + kSpare;
  for (const auto& [name, value] : headers) {
    size += name.size() + value.size() + 4;
  }
  if (memory.size() < size) {
    memory.resize(size);
  }
  Writer out(memory.data());
  out << inputs.method << ' ';
  if (inputs.to_proxy) {
    out << "http://";
    write_host(out, inputs.url, true);
  }
  if (target.starts_with('?')) {
    out << '/';
  }
  out << target << " HTTP/1.1\r\n";
  if (all_default) {
    out << kDefaultLines;
  }
  for (const auto& [name, value] : headers) {
    out << name << ": ";
    out.write_latin1(value);
    out << "\r\n";
  }
  if (!contains_header(headers, "Host")) {
    out << "Host: ";
    write_host(out, inputs.url, false);
    out << "\r\n";
  }
  if ((inputs.body_size > 0 || wants_length(inputs.method)) &&
      !contains_header(headers, "Content-Length")) {
    out << "Content-Length: " << inputs.body_size << "\r\n";
  }
  out << "\r\n";
  return {memory.data(), out.at()};
}

}  // namespace cppworker::http::fast
