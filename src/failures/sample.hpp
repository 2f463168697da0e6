#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stats/phases.hpp"

/// Samples of failed requests, with what was sent and received.
namespace cppworker::failures {

// The most bytes that a sample keeps of each text.
inline constexpr std::size_t kBodyMax = std::size_t{16} * 1024;
inline constexpr std::size_t kHeadersMax = std::size_t{16} * 1024;
inline constexpr std::size_t kTextMax = std::size_t{4} * 1024;  // URL, failure, name …
inline constexpr std::size_t kRedirectsMax = 10;                // the last ones

/// A body, or its beginning.
struct Body {
  std::string bytes{};        ///< at most kBodyMax
  std::int64_t left_out = 0;  ///< the number of bytes after those
  bool operator==(const Body&) const = default;
};

/// Keeps the beginning of a text.
[[nodiscard]] Body body_of(std::string_view text);
/// The text; with kCut at its end if it has more than kTextMax bytes.
[[nodiscard]] std::string beginning(std::string_view text);
inline constexpr std::string_view kCut = "…";
/// Keeps whole lines only. @param lines "Name: value\r\n", all
[[nodiscard]] std::string first_headers(std::string_view lines);

/// A failed request.
struct Sample {
  struct Redirect {
    int status = 0;
    std::string url{};       ///< of the request that was redirected
    std::string location{};  ///< to where
    bool operator==(const Redirect&) const = default;
  };
  /// The last request of a redirect chain, as it was sent.
  struct Request {
    std::string method{};  ///< "": no HTTP request
    std::string url{};
    std::string headers{};  ///< "Name: value\r\n", all; "": it was not sent
    Body body{};
    bool is_http2 = false;
    bool verifies_tls = true;
    bool operator==(const Request&) const = default;
  };
  struct Response {
    int status = 0;  ///< 0: none
    std::string reason{};
    std::string headers{};     ///< as of the request
    Body body{};               ///< decoded from Content-Encoding
    bool is_streamed = false;  ///< the body was not received yet
    bool operator==(const Response&) const = default;
  };

  // Row of the failures.
  std::string method{};
  std::string name{};
  std::string error{};

  double time = 0;  ///< Unix seconds: the request began
  std::optional<double> response_time_ms{};
  std::optional<stats::PhaseTimes> phases{};  ///< none: not measured
  std::string user_class{};
  std::string task{};
  std::string remote_address{};  ///< "10.0.0.1:80"; "": not known
  Request request{};
  Response response{};
  std::vector<Redirect> redirects{};  ///< oldest first
  Body detail{};                      ///< text of the author's own client
  std::uint64_t priority = 0;         ///< random: the samples with the lowest ones are kept

  [[nodiscard]] double ended() const { return time + response_time_ms.value_or(0) / 1000; }
  /// Bytes of memory, about.
  [[nodiscard]] std::size_t size() const;
  bool operator==(const Sample&) const = default;
};

}  // namespace cppworker::failures
