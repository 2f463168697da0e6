#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct nghttp2_session;

namespace cppworker::test_support {

/// The server's side of an HTTP/2 connection, in memory, by nghttp2. The test says what it answers.
class Http2Peer {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  struct Request {
    std::map<std::string, std::string> headers;
    std::string body;
    bool has_ended = false;
    bool is_reset = false;
    std::uint32_t reset_code = 0;
  };

  /// @param window of each stream, for what the client sends
  /// @param reads_bodies false: the windows are not opened again
  /// @param max_streams the limit that the client has to keep
  explicit Http2Peer(std::uint32_t window = 65535, bool reads_bodies = true,
                     std::uint32_t max_streams = 100);
  ~Http2Peer();
  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  void receive(std::string_view bytes);
  /// What is to be sent now.
  [[nodiscard]] std::string output();

  /// A response. With `trailers`, the stream ends with them; without, it ends unless `is_open`.
  void respond(std::int32_t id, const Headers& headers, std::string_view body = "",
               const Headers& trailers = {}, bool is_open = false);
  /// More of the body of a response that `is_open`.
  void continue_body(std::int32_t id, std::string_view bytes, bool is_open);
  void inform(std::int32_t id, const Headers& headers);  ///< a response with status 1xx
  void reset(std::int32_t id, std::uint32_t error_code);
  void go_away(std::int32_t last_id, std::uint32_t error_code = 0);
  void ping();
  void open_windows(std::int32_t id, std::int32_t size);

  /// The number of bytes of the response's body that were sent.
  [[nodiscard]] std::size_t sent_body(std::int32_t id) const { return bodies_.at(id).sent; }

  std::map<std::int32_t, Request> requests;
  int pings_answered = 0;
  int pings_received = 0;
  bool has_goaway = false;  ///< the client has sent one

  struct Body {
    std::string bytes;
    Headers trailers;
    bool is_open = false;
    std::size_t sent = 0;
  };

 private:
  struct Callbacks;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Body> bodies_;
};

}  // namespace cppworker::test_support
