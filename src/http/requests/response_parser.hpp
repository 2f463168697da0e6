#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/failure.hpp"
#include "http/parse_status.hpp"
#include "http/requests/chunk_decoder.hpp"
#include "http/requests/head_parser.hpp"

namespace cppworker::http::requests {

/// Frames one HTTP/1.x response in the bytes of a connection with the rules of python-requests:
/// those of http.client, email.parser and urllib3. Each byte is copied once, into the results. The
/// memory that a server can make it use is bounded, except for the body.
class ResponseParser {
 public:
  using Status = ParseStatus;

  /// Starts the next response. @param head it answers a HEAD request: there is no body
  void start(bool head);
  /// After start(): what follows `101 Switching Protocols` is its body.
  void expect_upgrade() { head_.expect_upgrade(); }

  Status feed(std::string_view bytes);
  /// The connection has ended. This may complete a response, even one whose head is cut off.
  Status finish();

  /// A byte of the response has come.
  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] bool head_complete() const { return head_complete_; }
  /// The same: an error in the body is not one of the head, even if both arrive together.
  [[nodiscard]] bool answered() const { return head_complete_; }
  [[nodiscard]] bool complete() const { return phase_ == Phase::kComplete; }
  /// The cause of Status::kFailed, once.
  [[nodiscard]] Failure take_failure();
  /// Whether the connection can be used for another request: not after bytes that follow the
  /// response. @pre complete()
  [[nodiscard]] bool keep_alive() const;

  // Of the head. @pre head_complete(), or a failure after it
  [[nodiscard]] int status_code() const { return head_.status_code(); }
  [[nodiscard]] bool sets_cookies() const { return head_.sets_cookies(); }
  [[nodiscard]] bool is_encoded() const { return head_.is_encoded(); }
  /// Bytes of the body; -1: there is no valid Content-Length.
  [[nodiscard]] std::int64_t content_length() const { return head_.content_length(); }

  // The results, to be moved from.
  /// ISO-8859-1.
  [[nodiscard]] std::string& reason() { return head_.reason; }
  /// "Name: value\r\n"; continuation lines are joined to one.
  [[nodiscard]] std::string& header_lines() { return head_.header_lines; }
  [[nodiscard]] const std::string& header_lines() const { return head_.header_lines; }
  /// Still encoded. After a failure: what urllib3 has decoded before it, so that a failure of the
  /// decoding comes first.
  std::string body;

 private:
  enum class Phase : std::uint8_t { kHead, kBody, kComplete, kFailed };

  Status fail(Failure&& failure);
  /// @param bytes that follow the head
  Status begin_body(std::string_view bytes);
  Status feed_body(std::string_view bytes);
  Status finish_body();
  /// @param rest the bytes after the response
  Status complete(std::string_view rest);

  HeadParser head_;
  ChunkDecoder chunks_;
  Failure failure_;
  std::uint64_t left_ = 0;      // bytes to come of a body with Content-Length
  std::uint64_t received_ = 0;  // bytes of a body without chunks
  Phase phase_ = Phase::kHead;
  bool begun_ = false;
  bool head_complete_ = false;
  bool ended_ = false;  // the connection has ended, or bytes came after the response
};

}  // namespace cppworker::http::requests
