#include "websocket/message_reader.hpp"

#include <utility>

#include "websocket/close_code.hpp"

namespace cppworker::websocket {

MessageReader::Event MessageReader::next(std::string_view& bytes) {
  if (std::exchange(reported_, false)) {
    // The memory of a large message is not kept.
    view_ = {};
    if (parts_->message.empty() || parts_->control.empty()) {
      parts_ = nullptr;
    } else {
      parts_->control = {};  // between two parts of a message
    }
  }
  while (!ended_) {
    Event event = Event::kNeedsMore;
    switch (frames_.next(bytes)) {
      case FrameReader::Step::kNeedsMore:
        return Event::kNeedsMore;
      case FrameReader::Step::kFailed:
        return fail(kProtocolError, frames_.error());
      case FrameReader::Step::kHeader:
        event = on_header();
        break;
      case FrameReader::Step::kPayload:
        event = is_control(frames_.header().opcode) ? on_control() : on_payload();
        break;
    }
    if (event != Event::kNeedsMore) {
      return event;
    }
  }
  bytes = {};
  return Event::kNeedsMore;
}

MessageReader::Parts& MessageReader::parts() {
  if (parts_ == nullptr) parts_ = std::make_unique<Parts>();
  return *parts_;
}

MessageReader::Event MessageReader::on_header() {
  const FrameHeader& header = frames_.header();
  if (is_control(header.opcode)) {
    return Event::kNeedsMore;
  }
  if (header.opcode == Opcode::kContinuation) {
    if (!in_message_) {
      return fail(kProtocolError, "a continuation frame without a message");
    }
    if (header.is_compressed) {
      return fail(kProtocolError, "a continuation frame has RSV1 set");
    }
  } else {
    if (in_message_) {
      return fail(kProtocolError, "a new message before the end of the last one");
    }
    if (header.is_compressed && compression_ == Compression::kNone) {
      return fail(kProtocolError, "a compressed message, but compression was not negotiated");
    }
    in_message_ = true;
    is_text_ = header.opcode == Opcode::kText;
    is_compressed_ = header.is_compressed;
    utf8_ = {};
  }
  const std::size_t received = parts_ == nullptr ? 0 : parts_->message.size();
  if (header.size > message_size_max_ || header.size + received > message_size_max_) {
    return fail(kMessageTooBig, "a message is larger than the limit");
  }
  return Event::kNeedsMore;
}

MessageReader::Event MessageReader::on_payload() {
  const std::string_view part = frames_.payload();
  if (is_text_ && !is_compressed_ && !utf8_.feed(part)) {
    return fail(kInvalidPayload, "a text is not UTF-8");
  }
  const bool complete = frames_.frame_complete() && frames_.header().is_last;
  if (complete && !is_compressed_ && (parts_ == nullptr || parts_->message.empty())) {
    view_ = part;  // a message in one part is not copied
    return finish_message();
  }
  std::string& message = parts().message;
  message += part;
  if (!complete) {
    return Event::kNeedsMore;
  }
  if (is_compressed_ && !decompress()) {
    return Event::kFailed;
  }
  view_ = message;
  reported_ = true;
  return finish_message();
}

MessageReader::Event MessageReader::finish_message() {
  in_message_ = false;
  if (is_text_ && !utf8_.complete()) {
    return fail(kInvalidPayload, "a text ends inside a character");
  }
  return Event::kMessage;
}

bool MessageReader::decompress() {
  if (compression_ == Compression::kWithContext && inflater_ == nullptr) {
    inflater_ = std::make_unique<Inflater>();
  }
  Inflater& inflater = inflater_ != nullptr ? *inflater_ : Inflater::of_thread();
  if (inflater_ == nullptr) inflater.reset();
  std::string message;
  std::string& compressed = parts().message;
  switch (inflater.decompress(compressed, message, message_size_max_)) {
    case Inflater::Result::kDone:
      break;
    case Inflater::Result::kTooLarge:
      fail(kMessageTooBig, "a message is larger than the limit");
      return false;
    case Inflater::Result::kInvalid:
      fail(kInvalidPayload, "a compressed message is invalid");
      return false;
  }
  compressed = std::move(message);
  if (is_text_ && !utf8_.feed(compressed)) {
    fail(kInvalidPayload, "a text is not UTF-8");
    return false;
  }
  return true;
}

MessageReader::Event MessageReader::on_control() {
  view_ = frames_.payload();
  if (!frames_.frame_complete() || (parts_ != nullptr && !parts_->control.empty())) {
    parts().control += view_;
    if (!frames_.frame_complete()) {
      return Event::kNeedsMore;
    }
    view_ = parts_->control;
    reported_ = true;
  }
  switch (frames_.header().opcode) {
    case Opcode::kPing:
      return Event::kPing;
    case Opcode::kPong:
      return Event::kPong;
    default:
      return on_close();
  }
}

MessageReader::Event MessageReader::on_close() {
  if (view_.size() == 1) {
    return fail(kProtocolError, "a Close frame has half a code");
  }
  close_code_ = kNoStatus;
  if (view_.size() >= 2) {
    const unsigned code =
        static_cast<unsigned char>(view_[0]) * 256U + static_cast<unsigned char>(view_[1]);
    if (!may_be_sent(code)) {
      return fail(kProtocolError, "a Close frame has a reserved code");
    }
    view_.remove_prefix(2);
    text::Utf8Validator reason;
    if (!reason.feed(view_) || !reason.complete()) {
      return fail(kInvalidPayload, "the reason of a Close frame is not UTF-8");
    }
    close_code_ = static_cast<std::uint16_t>(code);
  }
  ended_ = true;
  return Event::kClose;
}

MessageReader::Event MessageReader::fail(std::uint16_t code, const char* error) {
  ended_ = true;
  close_code_ = code;
  error_ = error;
  view_ = {};
  return Event::kFailed;
}

}  // namespace cppworker::websocket
