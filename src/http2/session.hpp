#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http2/stream.hpp"

struct nghttp2_session;

namespace cppworker::http2 {

/// Takes what a Session sends.
class Output {
 public:
  virtual void write(std::string_view bytes) = 0;

 protected:
  ~Output() = default;
};

/// The client's side of the HTTP/2 protocol on one connection, without a socket (RFC 9113). It uses
/// nghttp2. For one thread; no function suspends.
class Session {
 public:
  /// The server may send this much of a stream before consume() is called.
  static constexpr std::uint32_t kStreamWindow = 1 << 20;

  /// The connection preface is sent with the first request.
  /// @param output outlives it
  explicit Session(Output& output);
  /// No stream may be open: see close().
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// False: the connection can't be used for further requests, because of a GOAWAY frame or an
  /// error.
  [[nodiscard]] bool takes_requests() const;
  /// Sends a request. If the server's limit of concurrent streams is reached, the request is sent
  /// later.
  /// @pre takes_requests(), and the stream is not open
  /// @param stream must live until its end or reset()
  /// @param body valid until Stream::unsent() is 0 or the stream has ended
  /// @param ends false: write() follows
  void open(Stream& stream, std::span<const Header> headers, std::string_view body, bool ends);
  /// Sends more of the body.
  /// @pre The stream is open, its unsent() is 0, and no earlier call had `ends`.
  void write(Stream& stream, std::string_view body, bool ends);
  /// Permits the server to send this much more of the body.
  void consume(Stream& stream, std::size_t size);
  /// Aborts the request; does nothing if the stream is not open. No function of the stream is
  /// called after that.
  void reset(Stream& stream, std::uint32_t error_code);

  /// Processes what has arrived.
  /// @returns false if the connection must be closed; see error(). Then call close().
  [[nodiscard]] bool receive(std::string_view bytes);
  /// What has been wrong in the bytes of the last receive(); "" if nothing.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// Sends a PING frame.
  void ping();
  /// Sends a GOAWAY frame, before the connection is closed in order.
  void say_goodbye();
  /// The connection has ended: ends all streams.
  void close(std::string_view reason);

  [[nodiscard]] std::size_t open_streams() const { return streams_.size(); }
  /// The number of frames that were received and have to be answered (PING, SETTINGS).
  [[nodiscard]] std::uint64_t answered_frames() const { return answered_frames_; }

 private:
  struct Callbacks;  // of nghttp2

  void attach(Stream& stream, std::int32_t id);
  void detach(Stream& stream);
  void end(Stream& stream, const StreamEnd& end);
  [[nodiscard]] Stream* find(std::int32_t id) const;
  /// Sends all frames for which there is room in the windows.
  void flush();

  Output& output_;
  nghttp2_session* session_ = nullptr;
  std::vector<Stream*> streams_;  // that are open
  std::string error_;
  std::uint64_t answered_frames_ = 0;
  bool is_receiving_ = false;  // nghttp2 must not be called to send then
  bool is_going_away_ = false;
  bool is_closed_ = false;
};

/// The name of an error code: "REFUSED_STREAM".
[[nodiscard]] std::string_view error_code_name(std::uint32_t error_code);

}  // namespace cppworker::http2
