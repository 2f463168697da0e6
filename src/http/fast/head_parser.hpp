#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/fast/parse_error.hpp"
#include "http/parse_status.hpp"

namespace cppworker::http::fast {

/// Parses the status line and the headers of an HTTP/1.x response. Interim (1xx) responses before
/// the final one are skipped. What a server can make it keep is bounded by kHeadMax.
class HeadParser {
 public:
  static constexpr std::size_t kHeadMax = std::size_t{256} * 1024;

  /// How the end of the body is found.
  enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

  /// Starts the next response. @param head it answers a HEAD request: there is no body
  void start(bool head);
  /// After start(): `101 Switching Protocols` is a response, and what follows it is its body.
  void expect_upgrade() { upgrade_ = true; }

  /// Consumes bytes of the head. After kComplete, `bytes` is what follows the head.
  /// @pre neither complete nor failed
  ParseStatus feed(std::string_view& bytes);
  /// The error at the end of the connection. @pre neither complete nor failed
  [[nodiscard]] ParseError end_of_input() const;
  [[nodiscard]] ParseError error() const { return error_; }

  // The head. Valid when it is complete.
  [[nodiscard]] int status_code() const { return status_code_; }
  [[nodiscard]] Framing framing() const { return framing_; }
  /// The headers and the framing allow another request on the connection.
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  [[nodiscard]] bool sets_cookies() const { return sets_cookies_; }
  [[nodiscard]] bool is_encoded() const { return is_encoded_; }
  /// Bytes of the body; -1: there is no Content-Length.
  [[nodiscard]] std::int64_t content_length() const { return has_length_ ? length_ : -1; }

  std::string reason;        ///< to be moved from
  std::string header_lines;  ///< "Name: value\r\n", as received; to be moved from

 private:
  /// Records the error; returns false.
  bool fail(const char* reason, int code);
  void reset();
  /// One line of the head, with its LF. False: the line is invalid.
  bool take_line(std::string_view line);
  bool check_line_end(std::string_view& line, const char* missing_cr);
  // Almost all lines have the usual form and are parsed in one step; the odd functions look at the
  // others by character to find the error.
  bool take_status_line(std::string_view line);
  bool take_odd_status_line(std::string_view line);
  bool take_header(std::string_view line);
  bool take_odd_header(std::string_view line);
  bool take_framing_header(std::string_view name, std::string_view value);
  bool take_content_length(std::string_view value);
  void take_connection(std::string_view value);
  void choose_framing();

  std::string partial_;     // the bytes of an incomplete head
  std::size_t line_ = 0;    // begin of the present line
  std::size_t fields_ = 0;  // begin of the header lines; 0: no status line yet
  ParseError error_;
  std::int64_t length_ = 0;
  int status_code_ = 0;
  Framing framing_ = Framing::kNone;
  bool head_request_ = false;
  bool upgrade_ = false;
  bool interim_ = false;  // an interim response came before this one
  bool has_length_ = false;
  bool has_transfer_encoding_ = false;
  bool chunked_ = false;
  bool persistent_ = false;  // by the version
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool keep_alive_ = false;
  bool sets_cookies_ = false;
  bool is_encoded_ = false;
};

}  // namespace cppworker::http::fast
