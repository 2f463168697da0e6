#include "http2/session.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include <nghttp2/nghttp2.h>

#include "base/check.hpp"

namespace cppworker::http2 {

namespace {

/// The window of the connection is larger than that of a stream: one stream that nobody reads must
/// not block the others. Data counts as consumed for it when it arrives.
constexpr std::int32_t kConnectionWindow = 16 << 20;

/// Frames are collected up to this size, so that a small request needs one system call.
constexpr std::size_t kWriteSize = 64 * 1024;

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// nghttp2 takes pointers to what it does not change.
std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

class Options {
 public:
  Options() {
    if (nghttp2_option_new(&options_) != 0) throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(options_, 1);
    nghttp2_option_set_no_closed_streams(options_, 1);
  }
  ~Options() { nghttp2_option_del(options_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  [[nodiscard]] const nghttp2_option* get() const { return options_; }

 private:
  nghttp2_option* options_ = nullptr;
};

}  // namespace

struct Session::Callbacks {
  Callbacks() {
    if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &on_frame);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, &on_frame_not_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &on_stream_close);
    nghttp2_session_callbacks_set_error_callback2(callbacks, &on_error);
  }
  ~Callbacks() { nghttp2_session_callbacks_del(callbacks); }
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;

  static Session& self(void* user_data) { return *static_cast<Session*>(user_data); }
  static Stream* stream_of(nghttp2_session* session, std::int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame,
                              void* /*user_data*/) noexcept {
    if (Stream* const stream = stream_of(session, frame->hd.stream_id)) {
      stream->is_trailer_ = stream->has_head_;
      stream->is_informational_ = false;
    }
    return 0;
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t /*flags*/,
                       void* /*user_data*/) noexcept {
    Stream* const stream = stream_of(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const std::string_view name_view = view(name, name_size);
    const std::string_view value_view = view(value, value_size);
    if (name_view == ":status") {  // nghttp2 has checked that it is the first field
      stream->is_informational_ = value_view.starts_with('1');
      stream->has_head_ = !stream->is_informational_;
    }
    if (!stream->is_informational_) {
      stream->on_header(stream->is_trailer_ ? Stream::Block::kTrailer : Stream::Block::kHead,
                        name_view, value_view);
    }
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id,
                     const std::uint8_t* data, std::size_t size, void* /*user_data*/) noexcept {
    nghttp2_session_consume_connection(session, size);
    if (Stream* const stream = stream_of(session, id)) {
      stream->on_data(view(data, size));
    }
    return 0;
  }

  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame,
                      void* user_data) noexcept {
    const bool is_ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_DATA:
      case NGHTTP2_HEADERS:
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
          if (Stream* const stream = stream_of(session, frame->hd.stream_id)) {
            on_response_end(session, *stream, self(user_data));
          }
        }
        break;
      case NGHTTP2_GOAWAY:
        self(user_data).is_going_away_ = true;
        break;
      case NGHTTP2_PING:
      case NGHTTP2_SETTINGS:
        if (!is_ack) ++self(user_data).answered_frames_;
        break;
      default:
        break;
    }
    return 0;
  }

  static void on_response_end(nghttp2_session* session, Stream& stream, Session& self) {
    const std::int32_t id = stream.id_;
    const bool is_body_sent = stream.is_body_sent_;
    self.end(stream, {});
    if (!is_body_sent) {  // the server does not need the rest of the request
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
    }
  }

  static int on_frame_not_sent(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                               int /*error*/, void* user_data) noexcept {
    if (frame->hd.type == NGHTTP2_HEADERS) {
      Session& session = self(user_data);
      if (Stream* const stream = session.find(frame->hd.stream_id)) {
        session.end(*stream, {.cause = StreamEnd::Cause::kReset,
                              .error_code = NGHTTP2_REFUSED_STREAM,
                              .was_processed = false});
      }
    }
    return 0;
  }

  static int on_stream_close(nghttp2_session* session, std::int32_t id, std::uint32_t error_code,
                             void* user_data) noexcept {
    if (Stream* const stream = stream_of(session, id)) {
      self(user_data).end(*stream, {.cause = StreamEnd::Cause::kReset,
                                    .error_code = error_code,
                                    .was_processed = error_code != NGHTTP2_REFUSED_STREAM});
    }
    return 0;
  }

  static int on_error(nghttp2_session* /*session*/, int /*code*/, const char* message,
                      std::size_t size, void* user_data) noexcept {
    self(user_data).error_.assign(message, size);
    return 0;
  }

  /// Gives nghttp2 the next bytes of a body.
  static ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer,
                           std::size_t size, std::uint32_t* flags, nghttp2_data_source* /*source*/,
                           void* /*user_data*/) noexcept {
    Stream* const stream = stream_of(session, id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // it was reset
    if (stream->body_.empty() && !stream->body_ends_) return NGHTTP2_ERR_DEFERRED;
    const std::size_t count = std::min(size, stream->body_.size());
    if (count > 0) std::memcpy(buffer, stream->body_.data(), count);  // an empty body has no data
    stream->body_.remove_prefix(count);
    if (stream->body_.empty()) {
      if (stream->body_ends_) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        stream->is_body_sent_ = true;
      }
      stream->on_body_taken();
    }
    return static_cast<ssize_t>(count);
  }

  nghttp2_session_callbacks* callbacks = nullptr;
};

Session::Session(Output& output) : output_(output) {
  static const Callbacks callbacks;
  static const Options options;
  if (nghttp2_session_client_new2(&session_, callbacks.callbacks, this, options.get()) != 0) {
    throw std::bad_alloc();
  }
  constexpr std::array<nghttp2_settings_entry, 2> kSettings{
      {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, kSettings.data(), kSettings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

Session::~Session() {
  DCHECK(streams_.empty());
  nghttp2_session_del(session_);
}

bool Session::takes_requests() const {
  return !is_closed_ && !is_going_away_ && nghttp2_session_check_request_allowed(session_) != 0;
}

void Session::open(Stream& stream, std::span<const Header> headers, std::string_view body,
                   bool ends) {
  DCHECK(!stream.is_open() && takes_requests());
  std::vector<nghttp2_nv> fields;
  fields.reserve(headers.size());
  for (const Header& header : headers) {
    fields.push_back({bytes_of(header.name), bytes_of(header.value), header.name.size(),
                      header.value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  stream.body_ = body;
  stream.body_ends_ = ends;
  stream.is_body_sent_ = false;
  stream.has_head_ = false;
  nghttp2_data_provider provider{.source = {}, .read_callback = &Callbacks::read_body};
  const std::int32_t id =
      nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &provider, &stream);
  CHECK(id > 0);  // takes_requests()
  attach(stream, id);
  flush();
}

void Session::write(Stream& stream, std::string_view body, bool ends) {
  DCHECK(stream.session_ == this && stream.body_.empty() && !stream.body_ends_);
  stream.body_ = body;
  stream.body_ends_ = ends;
  nghttp2_session_resume_data(session_, stream.id_);
  flush();
}

void Session::consume(Stream& stream, std::size_t size) {
  DCHECK(stream.session_ == this);
  nghttp2_session_consume_stream(session_, stream.id_, size);
  flush();
}

void Session::reset(Stream& stream, std::uint32_t error_code) {
  if (stream.session_ != this) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id_, error_code);
  detach(stream);
  flush();
}

bool Session::receive(std::string_view bytes) {
  DCHECK(!is_receiving_ && !is_closed_);
  is_receiving_ = true;
  error_.clear();  // an earlier one may have been about a single stream
  const ssize_t count = nghttp2_session_mem_recv(session_, bytes_of(bytes), bytes.size());
  is_receiving_ = false;
  if (count < 0) {
    if (error_.empty()) error_ = nghttp2_strerror(static_cast<int>(count));
    return false;
  }
  flush();
  // After an error, nghttp2 sends a GOAWAY frame and wants nothing more.
  return nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0;
}

void Session::ping() {
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  flush();
}

void Session::say_goodbye() {
  if (is_closed_) return;
  nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
  flush();
}

void Session::close(std::string_view reason) {
  is_closed_ = true;
  while (!streams_.empty()) {
    end(*streams_.back(), {.cause = StreamEnd::Cause::kLost, .reason = reason});
  }
}

void Session::attach(Stream& stream, std::int32_t id) {
  stream.session_ = this;
  stream.id_ = id;
  stream.index_ = streams_.size();
  streams_.push_back(&stream);
}

void Session::detach(Stream& stream) {
  // nghttp2 may keep the stream for a while, and must not read its body any more.
  nghttp2_session_set_stream_user_data(session_, stream.id_, nullptr);
  streams_[stream.index_] = streams_.back();
  streams_[stream.index_]->index_ = stream.index_;
  streams_.pop_back();
  stream.session_ = nullptr;
  stream.body_ = {};
}

void Session::end(Stream& stream, const StreamEnd& end) {
  detach(stream);
  stream.on_end(end);
}

Stream* Session::find(std::int32_t id) const {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [id](const Stream* stream) { return stream->id_ == id; });
  return found == streams_.end() ? nullptr : *found;
}

void Session::flush() {
  if (is_receiving_ || is_closed_) return;
  // Shared by the connections of the thread, which are written to one after the other.
  static thread_local std::string buffer;
  buffer.clear();
  for (;;) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) {
      if (error_.empty()) error_ = nghttp2_strerror(static_cast<int>(size));
      break;
    }
    buffer.append(view(bytes, static_cast<std::size_t>(size)));
    if (size == 0 || buffer.size() >= kWriteSize) {
      if (!buffer.empty()) output_.write(buffer);
      buffer.clear();
    }
    if (size == 0) break;
  }
}

std::string_view error_code_name(std::uint32_t error_code) {
  return nghttp2_http2_strerror(error_code);
}

}  // namespace cppworker::http2
