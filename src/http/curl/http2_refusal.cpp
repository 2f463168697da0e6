#include "http/curl/http2_refusal.hpp"

#include <charconv>

namespace cppworker::http {

namespace {

/// The number after `label` in the message.
std::optional<std::uint32_t> number_after(std::string_view message, std::string_view label) {
  const std::size_t at = message.find(label);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  message.remove_prefix(at + label.size());
  std::uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(message.data(), message.data() + message.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace

void Http2Refusal::take(std::string_view message, const std::function<bool()>& is_intact) {
  if (const auto stream = number_after(message, "Using Stream ID: ")) {
    *this = {};
    stream_ = stream;
  } else if (message.find("GOAWAY, error=") != std::string_view::npos) {
    last_stream_ = number_after(message, "last_stream=");
  } else if (message.starts_with("REFUSED_STREAM, retrying")) {
    refused_stream_ = true;
  } else if (message.starts_with("Connection died, retrying")) {
    // On a connection that had served a request before, libcurl writes this for each repetition
    // without a byte of a response. Its causes are a connection that was lost, which it has
    // reported as an error, or which has ended, and RST_STREAM with REFUSED_STREAM. It doesn't
    // repeat a request after another RST_STREAM.
    refused_stream_ = refused_stream_ || (stream_ && !last_stream_ && is_intact());
  }
}

}  // namespace cppworker::http
