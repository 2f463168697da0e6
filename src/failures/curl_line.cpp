#include "failures/curl_line.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "text/ascii_case.hpp"
#include "text/credentials.hpp"
#include "text/utf8.hpp"

namespace cppworker::failures {
namespace {

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 || c == '\x7F'); }

/// The bytes of `text`, with a backslash and three octal digits for those that a terminal can't
/// show.
template <class Special>
std::string escaped(std::string_view text, const Special& special) {
  std::string result;
  while (!text.empty()) {
    const text::Utf8Step step = text::decode_utf8(text);
    const std::string_view character = text.substr(0, step.length);
    text.remove_prefix(step.length);
    if (const std::string_view instead = special(character[0]); !instead.empty()) {
      result += instead;
    } else if (step.valid && !is_control(character[0])) {
      result += character;
    } else {
      for (const char c : character) {
        result += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
      }
    }
  }
  return result;
}

std::string_view common_escape(char c) {
  return c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : c == '\\' ? "\\\\" : "";
}

std::string in_single_quotes(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

/// @param text without NUL
std::string shell_word(std::string_view text) {
  if (text::is_utf8(text) && std::ranges::none_of(text, is_control)) return in_single_quotes(text);
  return "$'" +
         escaped(text,
                 [](char c) { return c == '\'' ? std::string_view("\\'") : common_escape(c); }) +
         "'";
}

/// A command that writes the bytes, which may have a NUL: no word of a shell can have one.
std::string printf_command(std::string_view bytes) {
  return "printf -- " + in_single_quotes(escaped(bytes, [](char c) {
           return c == '%' ? std::string_view("%%") : common_escape(c);
         }));
}

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

Headers headers_of(std::string_view lines) {
  Headers headers;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    headers.emplace_back(line.substr(0, colon), value);
  }
  return headers;
}

bool is_named(std::string_view name, std::string_view lower_case) {
  return text::to_lower(name) == lower_case;
}

bool has_header(const Headers& headers, std::string_view lower_case) {
  return std::ranges::any_of(
      headers, [&](const auto& header) { return is_named(header.first, lower_case); });
}

/// Whether curl makes this Host header of the URL.
bool is_obvious_host(std::string_view host, std::string_view url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string_view::npos) return false;
  url.remove_prefix(begin + 3);
  return url.substr(0, url.find_first_of("/?#")) == host;
}

/// The options for the headers, so that curl sends these and no others of its own.
std::string header_options(const Headers& headers, const std::string& url, bool has_body) {
  std::string options;
  const auto add = [&options](std::string_view header) {
    options.append(" -H ").append(shell_word(header));
  };
  for (const auto& [name, value] : headers) {
    if (is_named(name, "content-length")) continue;  // curl counts
    if (is_named(name, "host") && is_obvious_host(value, url)) continue;
    add(value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
  }
  for (const char* name : {"user-agent", "accept"}) {
    if (!has_header(headers, name)) add(fmt::format("{}:", name));
  }
  if (has_body && !has_header(headers, "content-type")) add("content-type:");
  if (has_header(headers, "accept-encoding")) options += " --compressed";  // decodes
  return options;
}

}  // namespace

std::string curl_line(const Sample& sample) {
  const Sample::Request& request = sample.request;
  if (request.headers.empty()) return {};
  // They are in the Authorization header.
  const std::string url = text::without_credentials(request.url);
  const Headers headers = headers_of(request.headers);
  const std::string& body = request.body.bytes;
  const bool has_body = !body.empty() || has_header(headers, "content-length");
  const bool needs_pipe = body.find('\0') != std::string::npos;
  std::string line;
  if (request.body.left_out > 0) {
    line += fmt::format("# The body was longer: its last {} bytes are missing here\n",
                        request.body.left_out);
  }
  if (needs_pipe) line += printf_command(body) + " | ";
  line += "curl";
  if (request.method == "HEAD" && !has_body) {
    line += " -I";
  } else {
    line += " -i";
    if (request.method != (has_body ? "POST" : "GET")) line += " -X " + shell_word(request.method);
  }
  if (!request.verifies_tls) line += " -k";
  if (url.starts_with("https")) line += request.is_http2 ? " --http2" : " --http1.1";
  if (url.find_first_of("[]{}") != std::string::npos) line += " -g";
  if (url.find("/.") != std::string::npos) line += " --path-as-is";
  line += " " + shell_word(url) + header_options(headers, url, has_body);
  if (needs_pipe) {
    line += " --data-binary @-";
  } else if (has_body) {
    line += " --data-raw " + shell_word(body);
  }
  return line;
}

}  // namespace cppworker::failures
