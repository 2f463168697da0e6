#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::http2 {

class Session;

/// A field of a request or response. Names are in lower case; those of pseudo-header fields begin
/// with a colon.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// How a stream has ended.
struct StreamEnd {
  enum class Cause : std::uint8_t {
    kComplete,  ///< the whole response has arrived
    kReset,     ///< by the server, or by us because of a violation of the protocol; `error_code`
    kLost       ///< the connection has ended before; `reason`
  };

  Cause cause = Cause::kComplete;
  std::uint32_t error_code = 0;  ///< of HTTP/2 (RFC 9113, section 7)
  /// False: the server has certainly not begun with the request, so that it may be sent again.
  bool was_processed = true;
  std::string_view reason{};
};

/// One request and its response. Derive from it; a Session calls the virtual functions. They are
/// called inside of Session::receive() and Session::close(), usually on the scheduler's own stack:
/// they must neither throw nor suspend, and may call the session's functions for this stream. They
/// may not destroy a stream.
class Stream {
 public:
  enum class Block : std::uint8_t {
    kHead,    ///< the header section, with ":status"
    kTrailer  ///< the trailer section
  };

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// False before Session::open(), and after on_end() or Session::reset().
  [[nodiscard]] bool is_open() const { return session_ != nullptr; }
  /// The part of the body that the session has not taken yet, because the server's flow-control
  /// window is full.
  [[nodiscard]] std::size_t unsent() const { return body_.size(); }

  /// A field of the response. Not called for informational responses (status 1xx).
  virtual void on_header(Block block, std::string_view name, std::string_view value) = 0;
  /// A part of the response's body. The server may send more when Session::consume() is called.
  virtual void on_data(std::string_view bytes) = 0;
  /// All of the body so far was taken from the caller of Session::open() or write().
  virtual void on_body_taken() {}
  /// The last call. The stream is closed; the server is informed if the request was not complete.
  virtual void on_end(const StreamEnd& end) = 0;

 protected:
  ~Stream() = default;

 private:
  friend class Session;
  Session* session_ = nullptr;
  std::string_view body_;
  std::size_t index_ = 0;  // in Session::streams_
  std::int32_t id_ = -1;
  bool body_ends_ = false;         // after body_
  bool is_body_sent_ = false;      // with END_STREAM
  bool has_head_ = false;          // its status has arrived
  bool is_trailer_ = false;        // the header section that is arriving
  bool is_informational_ = false;  // the same
};

}  // namespace cppworker::http2
