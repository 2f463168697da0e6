#include "failures/sample.hpp"

namespace cppworker::failures {

Body body_of(std::string_view text) {
  Body body{.bytes = std::string(text.substr(0, kBodyMax))};
  body.left_out = static_cast<std::int64_t>(text.size() - body.bytes.size());
  return body;
}

std::string beginning(std::string_view text) {
  if (text.size() <= kTextMax) return std::string(text);
  return std::string(text.substr(0, kTextMax)).append(kCut);
}

std::string first_headers(std::string_view lines) {
  if (lines.size() > kHeadersMax) {
    const std::size_t end = lines.rfind("\r\n", kHeadersMax - 2);
    lines = lines.substr(0, end == std::string_view::npos ? 0 : end + 2);
  }
  return std::string(lines);
}

std::size_t Sample::size() const {
  std::size_t size = sizeof *this + method.size() + name.size() + error.size() + user_class.size() +
                     task.size() + remote_address.size() + request.method.size() +
                     request.url.size() + request.headers.size() + request.body.bytes.size() +
                     response.reason.size() + response.headers.size() + response.body.bytes.size() +
                     detail.bytes.size();
  for (const Redirect& redirect : redirects) {
    size += sizeof redirect + redirect.url.size() + redirect.location.size();
  }
  return size;
}

}  // namespace cppworker::failures
