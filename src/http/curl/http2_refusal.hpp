#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace cppworker::http {

/// Finds out from libcurl's informational messages (CURLOPT_DEBUGFUNCTION) whether a server has
/// refused an HTTP/2 request without processing it, so that it can be sent again (RFC 9113, 6.8 and
/// 8.7). The messages are those of libcurl 7.88. Other versions, which lack some of them, repeat
/// fewer requests, but none that may have been processed.
class Http2Refusal {
 public:
  /// A message of libcurl.
  /// @param is_intact returns whether the connection is still open and libcurl has not reported an
  ///   error of the transfer
  void take(std::string_view message, const std::function<bool()>& is_intact);

  /// The server has certainly not processed the request, if no part of a response has arrived.
  [[nodiscard]] bool refused() const { return refused_stream_ || left_out(); }

 private:
  /// A GOAWAY names a last stream before the request's.
  [[nodiscard]] bool left_out() const {
    return stream_ && last_stream_ && *last_stream_ < *stream_;
  }

  std::optional<std::uint32_t> stream_;
  std::optional<std::uint32_t> last_stream_;  // of a GOAWAY
  bool refused_stream_ = false;
};

}  // namespace cppworker::http
