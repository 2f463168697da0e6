#include "http/form.hpp"

#include <random>

#include <fmt/format.h>

#include <cppworker/encoding.hpp>

#include "text/percent.hpp"

namespace cppworker::http {

namespace {

/// Quotes a name as HTML 5 and urllib3 do.
std::string quoted_name(std::string_view value) {
  std::string result;
  for (const char character : value) {
    switch (character) {
      case '"':
        result += "%22";
        break;
      case '\n':
        result += "%0A";
        break;
      case '\r':
        result += "%0D";
        break;
      default:
        result += character;
    }
  }
  return result;
}

}  // namespace

std::string with_params(std::string_view url, const Pairs& params) {
  const std::size_t fragment = std::min(url.find('#'), url.size());
  std::string result(url.substr(0, fragment));
  const std::size_t question = result.find('?');
  if (question == std::string::npos) {
    result += '?';
  } else if (question + 1 < result.size()) {
    result += '&';
  }
  result += urlencode(params);
  result += url.substr(fragment);
  return result;
}

std::string multipart(const Pairs& fields, const std::vector<File>& files,
                      std::string_view boundary) {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n",
                        boundary, quoted_name(name), value);
  }
  for (const File& file : files) {
    body += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n",
                        boundary, quoted_name(file.name),
                        quoted_name(file.filename.empty() ? file.name : file.filename));
    if (!file.content_type.empty()) {
      body.append("Content-Type: ").append(file.content_type).append("\r\n");
    }
    body.append("\r\n").append(file.content).append("\r\n");
  }
  body.append("--").append(boundary).append("--\r\n");
  return body;
}

std::string random_boundary() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

}  // namespace cppworker::http

namespace cppworker {

std::string urlencode(const Pairs& pairs) {
  std::string encoded;
  for (const auto& [name, value] : pairs) {
    if (!encoded.empty()) {
      encoded += '&';
    }
    text::append_quoted(encoded, name, "", "+");
    encoded += '=';
    text::append_quoted(encoded, value, "", "+");
  }
  return encoded;
}

}  // namespace cppworker
