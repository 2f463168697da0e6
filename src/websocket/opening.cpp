#include "websocket/opening.hpp"

#include <algorithm>

#include <cppworker/exception.hpp>

#include "http/fast/head_parser.hpp"
#include "net/upload.hpp"

namespace cppworker::websocket {

namespace {

constexpr int kUpgraded = 101;

bool is_printable(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; }

/// Also of headers with line breaks, which would be further headers.
void append_header(std::string& head, std::string_view name, std::string_view value) {
  const bool is_name = !name.empty() && name.find_first_of(" :") == std::string_view::npos;
  if (!is_name || !std::ranges::all_of(name, is_printable) ||
      !std::ranges::all_of(value, is_printable)) {
    throw Error("'" + std::string(name) +
                "' can't be a header of the WebSocket's handshake: a name has neither spaces nor "
                "colons, and neither name nor value has control characters");
  }
  head.append(name).append(": ").append(value).append("\r\n");
}

std::string request_head(const OpeningRequest& request, const Offer& offer) {
  std::string head = "GET " + request.path + " HTTP/1.1\r\n";
  append_header(head, "Host", request.authority);
  for (const auto& [name, value] : request_headers(offer)) append_header(head, name, value);
  for (const auto& [name, value] : request.headers) append_header(head, name, value);
  return head + "\r\n";
}

}  // namespace

Opening open(net::Connection& connection, const OpeningRequest& request, const Offer& offer,
             net::Deadline& deadline) {
  Opening opening;
  const std::string head = request_head(request, offer);
  net::Upload upload(head, {});
  opening.failure = connection.send(upload, deadline);  // returns early if an answer comes early
  http::fast::HeadParser parser;
  parser.start(false);
  parser.expect_upgrade();
  http::ParseStatus status = http::ParseStatus::kNeedMore;
  while (!opening.failure && status == http::ParseStatus::kNeedMore) {
    std::string_view bytes;
    opening.failure = connection.receive(bytes, deadline);
    if (!opening.failure) {
      status = parser.feed(bytes);
      opening.rest = bytes;
    }
  }
  if (opening.failure) {
    return opening;
  }
  if (status == http::ParseStatus::kFailed) {
    opening.error = "the answer is not one of HTTP: " + std::string(parser.error().reason);
  } else if (parser.status_code() != kUpgraded) {
    opening.error = "the server answered with the status " + std::to_string(parser.status_code());
  } else {
    opening.agreement = check_response(offer, ResponseHeaders(std::move(parser.header_lines)));
    opening.error = opening.agreement.error;
  }
  return opening;
}

}  // namespace cppworker::websocket
