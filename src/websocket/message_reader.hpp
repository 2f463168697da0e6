#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "text/utf8_validator.hpp"
#include "websocket/deflate.hpp"
#include "websocket/frame_reader.hpp"

namespace cppworker::websocket {

/// What a server may do with permessage-deflate.
enum class Compression : std::uint8_t {
  kNone,
  kPerMessage,   ///< each message has a context of its own (server_no_context_takeover)
  kWithContext,  ///< a message may refer to those before it
};

/// Reads the messages that a server sends: joins fragments, decompresses, checks UTF-8 as the bytes
/// arrive. Keeps no memory between two messages, except for a server's compression with context.
class MessageReader {
 public:
  enum class Event : std::uint8_t {
    kNeedsMore,  ///< all bytes are consumed
    kMessage,    ///< message(), is_text()
    kPing,       ///< payload()
    kPong,       ///< payload()
    kClose,      ///< close_code(), payload() is the reason; nothing may follow
    kFailed,     ///< close_code() to send, error(); nothing more is read
  };

  explicit MessageReader(Compression compression = Compression::kNone,
                         std::size_t message_size_max = std::size_t{64} * 1024 * 1024)
      : message_size_max_(message_size_max), compression_(compression) {}

  /// Consumes bytes up to the next event. Its views are valid until the next call, and as long as
  /// the bytes.
  Event next(std::string_view& bytes);

  [[nodiscard]] std::string_view message() const { return view_; }
  [[nodiscard]] bool is_text() const { return is_text_; }
  [[nodiscard]] std::string_view payload() const { return view_; }
  [[nodiscard]] std::uint16_t close_code() const { return close_code_; }
  [[nodiscard]] const char* error() const { return error_; }

 private:
  Event on_header();
  Event on_payload();
  Event on_control();
  Event on_close();
  Event finish_message();
  bool decompress();
  Event fail(std::uint16_t code, const char* error);

  const std::size_t message_size_max_;
  FrameReader frames_;
  /// What came in several parts.
  struct Parts {
    std::string message{};
    std::string control{};  // frame
  };
  Parts& parts();

  std::unique_ptr<Parts> parts_;  // null: none
  std::string_view view_;
  std::unique_ptr<Inflater> inflater_;  // for kWithContext
  const char* error_ = "";
  text::Utf8Validator utf8_;
  std::uint16_t close_code_ = 0;
  const Compression compression_;
  bool in_message_ = false;
  bool is_text_ = false;
  bool is_compressed_ = false;
  bool reported_ = false;  // view_ is in parts_
  bool ended_ = false;
};

}  // namespace cppworker::websocket
