#include "support/http2_peer.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

namespace cppworker::test_support {

namespace {

std::vector<nghttp2_nv> fields_of(const Http2Peer::Headers& headers) {
  std::vector<nghttp2_nv> fields;
  for (const auto& [name, value] : headers) {
    fields.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
                      value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return fields;
}

}  // namespace

struct Http2Peer::Callbacks {
  static Http2Peer& self(void* user_data) { return *static_cast<Http2Peer*>(user_data); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user_data) {
    self(user_data).requests[frame->hd.stream_id].headers.emplace(
        std::string(reinterpret_cast<const char*>(name), name_size),
        std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* user_data) {
    self(user_data).requests[id].body.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    Http2Peer& peer = self(user_data);
    const bool is_message = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (is_message && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      peer.requests[frame->hd.stream_id].has_ended = true;
    }
    if (frame->hd.type == NGHTTP2_PING) {
      const bool is_answer = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
      ++(is_answer ? peer.pings_answered : peer.pings_received);
    }
    if (frame->hd.type == NGHTTP2_GOAWAY) peer.has_goaway = true;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      peer.requests[frame->hd.stream_id].is_reset = true;
      peer.requests[frame->hd.stream_id].reset_code = frame->rst_stream.error_code;
    }
    return 0;
  }
  static ssize_t read(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer,
                      std::size_t size, std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& body = *static_cast<Body*>(source->ptr);
    const std::size_t count = std::min(size, body.bytes.size() - body.sent);
    std::memcpy(buffer, body.bytes.data() + body.sent, count);
    body.sent += count;
    if (body.sent == body.bytes.size()) {
      if (body.is_open)
        return count == 0 ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED)
                          : static_cast<ssize_t>(count);
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!body.trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto fields = fields_of(body.trailers);
        nghttp2_submit_trailer(session, id, fields.data(), fields.size());
      }
    }
    return static_cast<ssize_t>(count);
  }
};

Http2Peer::Http2Peer(std::uint32_t window, bool reads_bodies, std::uint32_t max_streams) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::on_frame);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, reads_bodies ? 0 : 1);
  nghttp2_session_server_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const std::array<nghttp2_settings_entry, 2> settings{
      {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
       {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
}

Http2Peer::~Http2Peer() { nghttp2_session_del(session_); }

void Http2Peer::receive(std::string_view bytes) {
  const ssize_t count = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  EXPECT_EQ(count, static_cast<ssize_t>(bytes.size())) << nghttp2_strerror(static_cast<int>(count));
}

std::string Http2Peer::output() {
  std::string bytes;
  for (;;) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size <= 0) return bytes;
    bytes.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  }
}

void Http2Peer::respond(std::int32_t id, const Headers& headers, std::string_view body,
                        const Headers& trailers, bool is_open) {
  const auto fields = fields_of(headers);
  const bool has_body = !body.empty() || !trailers.empty() || is_open;
  Body& stored =
      bodies_[id] = {.bytes = std::string(body), .trailers = trailers, .is_open = is_open};
  nghttp2_data_provider provider{.source = {.ptr = &stored}, .read_callback = &Callbacks::read};
  EXPECT_EQ(nghttp2_submit_response(session_, id, fields.data(), fields.size(),
                                    has_body ? &provider : nullptr),
            0);
}

void Http2Peer::continue_body(std::int32_t id, std::string_view bytes, bool is_open) {
  Body& body = bodies_.at(id);
  body.bytes += bytes;
  body.is_open = is_open;
  EXPECT_EQ(nghttp2_session_resume_data(session_, id), 0);
}

void Http2Peer::inform(std::int32_t id, const Headers& headers) {
  const auto fields = fields_of(headers);
  EXPECT_EQ(nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, fields.data(),
                                   fields.size(), nullptr),
            0);
}

void Http2Peer::reset(std::int32_t id, std::uint32_t error_code) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, error_code);
}

void Http2Peer::go_away(std::int32_t last_id, std::uint32_t error_code) {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_id, error_code, nullptr, 0);
}

void Http2Peer::ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

void Http2Peer::open_windows(std::int32_t id, std::int32_t size) {
  nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, id, size);
  nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, 0, size);
}

}  // namespace cppworker::test_support
