#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/failure.hpp"
#include "http/fast/chunk_decoder.hpp"
#include "http/fast/head_parser.hpp"
#include "http/fast/parse_error.hpp"
#include "http/parse_status.hpp"

namespace cppworker::http::fast {

/// Frames one HTTP/1.x response in the bytes of a connection, as strictly as the parser of Python's
/// FastHttpUser (llhttp) and with its messages. Each byte is copied once, into the results. The
/// memory that a server can make it use is bounded, except for the body.
class ResponseParser {
 public:
  using Status = ParseStatus;

  /// Starts the next response. @param head it answers a HEAD request: there is no body
  void start(bool head);
  /// After start(): `101 Switching Protocols` is a response, and what follows it is its body.
  void expect_upgrade() { head_.expect_upgrade(); }

  Status feed(std::string_view bytes);
  /// The connection has ended.
  Status finish();

  [[nodiscard]] bool head_complete() const { return head_complete_; }
  /// The response has begun and its head is valid. For geventhttpclient, an error in the piece that
  /// contains the end of the head is an error of the head.
  [[nodiscard]] bool answered() const { return answered_; }
  [[nodiscard]] bool complete() const { return phase_ == Phase::kComplete; }
  [[nodiscard]] ParseError error() const { return error_; }
  /// The error as the cause of a failed exchange.
  [[nodiscard]] Failure take_failure() const;
  /// Whether the connection can be used for another request. @pre complete()
  [[nodiscard]] bool keep_alive() const;

  // Of the head. @pre head_complete(), or a failure after it
  [[nodiscard]] int status_code() const { return head_.status_code(); }
  [[nodiscard]] bool sets_cookies() const { return head_.sets_cookies(); }
  [[nodiscard]] bool is_encoded() const { return head_.is_encoded(); }
  /// Bytes of the body; -1: there is no Content-Length.
  [[nodiscard]] std::int64_t content_length() const { return head_.content_length(); }

  // The results, to be moved from.
  [[nodiscard]] std::string& reason() { return head_.reason; }
  /// "Name: value\r\n", as received.
  [[nodiscard]] std::string& header_lines() { return head_.header_lines; }
  [[nodiscard]] const std::string& header_lines() const { return head_.header_lines; }
  std::string body;  ///< as far as received; still encoded

 private:
  enum class Phase : std::uint8_t { kHead, kBody, kComplete, kFailed };

  Status fail(ParseError error);
  Status feed_head(std::string_view bytes);
  Status feed_body(std::string_view bytes);
  void begin_body();
  /// @param rest the bytes after the response
  Status complete(std::string_view rest);

  HeadParser head_;
  ChunkDecoder chunks_;
  ParseError error_;
  std::uint64_t left_ = 0;  // bytes of a body with Content-Length
  Phase phase_ = Phase::kHead;
  bool head_complete_ = false;
  bool answered_ = false;
  bool head_request_ = false;
  bool excess_ = false;  // bytes came after the response
};

}  // namespace cppworker::http::fast
