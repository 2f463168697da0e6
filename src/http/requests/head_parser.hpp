#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/failure.hpp"
#include "http/parse_status.hpp"

namespace cppworker::http::requests {

/// Parses the status line and the headers of an HTTP/1.x response with the rules of Python's
/// http.client, email.parser and urllib3. Interim (1xx) responses before the final one are skipped.
/// What a server can make it keep is bounded by kLineMax times kLinesMax.
class HeadParser {
 public:
  static constexpr std::size_t kLineMax = 65'536;  ///< bytes of a line, with its end
  static constexpr int kLinesMax = 100;            ///< of headers, with the empty line

  /// How the end of the body is found.
  enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

  /// Starts the next response. @param head it answers a HEAD request: there is no body
  void start(bool head);
  /// After start(): what follows `101 Switching Protocols` is its body.
  void expect_upgrade() { upgrade_ = true; }

  /// Consumes bytes of the head. After kComplete, `bytes` is what follows the head.
  /// @pre neither complete nor failed
  ParseStatus feed(std::string_view& bytes);
  /// The connection has ended: the lines that have come are the head, as in http.client.
  /// @pre neither complete nor failed
  ParseStatus finish();
  /// The cause of kFailed.
  [[nodiscard]] Failure& failure() { return failure_; }

  // The head. Valid when it is complete.
  [[nodiscard]] int status_code() const { return status_code_; }
  [[nodiscard]] Framing framing() const { return framing_; }
  /// The headers and the framing allow another request on the connection.
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  [[nodiscard]] bool sets_cookies() const { return sets_cookies_; }
  [[nodiscard]] bool is_encoded() const { return is_encoded_; }
  /// Bytes of the body by the first Content-Length; -1: none that is valid. http.client reads so
  /// many bytes.
  [[nodiscard]] std::int64_t content_length() const { return length_; }
  /// Bytes that the body must have by all Content-Length headers; -1: any number. urllib3 checks it
  /// at the end of the connection.
  [[nodiscard]] std::int64_t checked_length() const { return checked_length_; }

  std::string reason;        ///< to be moved from
  std::string header_lines;  ///< "Name: value\r\n"; usual blocks as received; to be moved from

 private:
  /// The values of the headers that decide on the framing, as they are found.
  struct Facts {
    bool has_connection = false;
    bool closes = false;    // Connection
    bool persists = false;  // Connection, Keep-Alive or Proxy-Connection, in HTTP/1.0
    bool has_keep_alive = false;
    bool has_proxy_connection = false;
    bool has_transfer_encoding = false;
    bool has_length = false;
    bool only_chunked = false;    // the first Transfer-Encoding is "chunked": for http.client
    bool chunked = false;         // any element of Transfer-Encoding is it: for urllib3
    bool invalid_length = false;  // one of them isn't a number
    bool lengths_differ = false;
    bool sets_cookies = false;
    bool is_encoded = false;
    std::optional<std::int64_t> first_length{};  // of the first header, for http.client
    std::optional<std::int64_t> any_length{};    // of any element, for urllib3
  };

  /// Records the failure; returns false.
  bool fail(Failure&& failure);
  void reset();
  /// One line of the head, with its LF unless the connection has ended. False: failed.
  bool take_line(std::string_view line);
  // Almost all lines have the usual form and are parsed in one step.
  bool take_status_line(std::string_view line);
  bool take_odd_status_line(std::string_view line);
  void take_header_line(std::string_view line);
  bool count_line();
  void take_header(std::string_view name, std::string_view value);
  void take_transfer_encoding(std::string_view value);
  void take_content_length(std::string_view value);
  /// The end of the headers: `block` is their lines. False: failed.
  bool end_head(std::string_view block);
  [[nodiscard]] bool will_close() const;
  bool choose_framing();

  std::string partial_;     // the bytes of an incomplete head
  std::size_t line_ = 0;    // begin of the present line
  std::size_t fields_ = 0;  // begin of the header lines; 0: no status line yet
  int lines_ = 0;           // of headers
  int status_code_ = 0;
  bool head_request_ = false;
  bool upgrade_ = false;
  bool usual_ = true;  // all header lines so far have the usual form
  bool version_11_ = false;
  bool keep_alive_ = false;
  bool sets_cookies_ = false;
  bool is_encoded_ = false;
  Framing framing_ = Framing::kNone;
  std::int64_t length_ = -1;
  std::int64_t checked_length_ = -1;
  Facts facts_;
  Failure failure_;
};

}  // namespace cppworker::http::requests
