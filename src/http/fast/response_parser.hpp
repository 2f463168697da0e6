#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::http::fast {

/// Frames one HTTP/1.x answer out of the bytes of a connection, as strictly as the parser of
/// Python's FastHttpUser (llhttp) and with its messages. Bytes are copied once: into the results.
/// What a server may make it keep is bounded, except for the body.
class ResponseParser {
 public:
  static constexpr std::size_t kHeadMax = std::size_t{256} * 1024;

  enum class Status : std::uint8_t { kNeedMore, kComplete, kFailed };

  /// For the next answer. @param head it answers a HEAD request: there is no body
  void start(bool head);

  Status feed(std::string_view bytes);
  /// The connection has ended.
  Status finish();

  [[nodiscard]] bool head_complete() const { return head_complete_; }
  /// HTTPParseError's arguments; "" unless failed.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] bool complete() const { return phase_ == Phase::kComplete; }
  /// Whether another request may go over the connection. Once complete.
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }

  [[nodiscard]] int status_code() const { return status_code_; }
  [[nodiscard]] bool sets_cookies() const { return sets_cookies_; }
  [[nodiscard]] bool is_encoded() const { return is_encoded_; }
  /// Bytes of the body as announced; -1: not.
  [[nodiscard]] std::int64_t content_length() const { return has_length_ ? length_ : -1; }

  // The results, to be moved from.
  std::string reason;
  std::string header_lines;  ///< "Name: value\r\n", as received
  std::string body;          ///< so far, still encoded

 private:
  enum class Phase : std::uint8_t { kHead, kBody, kComplete, kFailed };
  enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };
  enum class Chunk : std::uint8_t {
    kSizeFirst,
    kSize,
    kExtension,
    kSizeEnd,
    kData,
    kDataEnd,
    kDataEndLf,
    kTrailerFirst,
    kTrailer,
    kTrailerEnd,
    kLastLf
  };

  Status fail(std::string_view reason, int code);
  void reset_head();
  Status feed_head(std::string_view text);
  /// One line of the head, with its LF. False: the answer is wrong.
  bool take_line(std::string_view line);
  bool check_line_end(std::string_view& line, std::string_view what);
  // Nearly all lines are taken at first sight; the others are looked at by character, for what is
  // wrong with them.
  bool take_status_line(std::string_view line);
  bool take_odd_status_line(std::string_view line);
  bool take_header(std::string_view line);
  bool take_odd_header(std::string_view line);
  bool take_framing_header(std::string_view name, std::string_view value);
  bool take_content_length(std::string_view value);
  void take_connection(std::string_view value);
  /// The head is there: what follows? False: another head, this one was interim.
  bool end_head();
  Status feed_body(std::string_view bytes);
  Status feed_chunks(std::string_view bytes);
  bool step_chunk(char character);
  bool step_trailer(char character);
  void end_chunk_size();
  Status complete(std::string_view rest);

  std::string head_;        // of an incomplete head: its bytes so far
  std::size_t line_ = 0;    // where its present line begins
  std::size_t fields_ = 0;  // where its header lines begin; 0: no status line yet
  std::string failure_;
  std::int64_t length_ = 0;
  std::uint64_t left_ = 0;  // of the body or the chunk
  std::size_t trailer_size_ = 0;
  int status_code_ = 0;
  Phase phase_ = Phase::kHead;
  Framing framing_ = Framing::kNone;
  Chunk chunk_ = Chunk::kSizeFirst;
  bool head_complete_ = false;
  bool head_request_ = false;
  bool interim_ = false;  // an interim answer came before this one
  bool has_length_ = false;
  bool has_transfer_encoding_ = false;
  bool chunked_ = false;
  bool persistent_ = false;  // by the version
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool says_upgrade_ = false;
  bool has_upgrade_ = false;
  bool keep_alive_ = false;
  bool sets_cookies_ = false;
  bool is_encoded_ = false;
};

}  // namespace cppworker::http::fast
