#include "grpc/message_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "grpc/gzip.hpp"

namespace cppworker::grpc {

void MessageReader::append(std::string_view bytes, coro::TimePoint now) {
  while (error_.code == GrpcCode::kOk) {
    if (head_size_ < kHeadSize) {
      const std::size_t count = std::min(kHeadSize - head_size_, bytes.size());
      std::copy_n(bytes.begin(), count, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
      head_size_ += count;
      bytes.remove_prefix(count);
      if (head_size_ < kHeadSize) return;
      begin_message();
      if (error_.code != GrpcCode::kOk) return;
    }
    const std::size_t count = std::min(missing_, bytes.size());
    message_.append(bytes.substr(0, count));
    missing_ -= count;
    bytes.remove_prefix(count);
    if (missing_ != 0) return;
    // The scheduler's time of an arrival may be earlier than the clock's time of a write.
    const coro::TimePoint arrived = std::max(now, since_);
    messages_.push_back({.bytes = std::move(message_),
                         .is_compressed = head_[0] != 0,
                         .since = std::exchange(since_, arrived),
                         .arrived = arrived});
    message_.clear();
    head_size_ = 0;
  }
}

void MessageReader::begin_message() {
  std::uint32_t size = 0;
  for (std::size_t i = 1; i < kHeadSize; ++i) {
    size = size << 8U | static_cast<unsigned char>(head_[i]);
  }
  const auto flag = static_cast<unsigned char>(head_[0]);
  if (flag > 1) {
    error_ = {GrpcCode::kInternal,
              "the server has sent a message with the flag " + std::to_string(flag)};
  } else if (flag == 1 && encoding_ != "gzip") {
    error_ = {GrpcCode::kInternal,
              encoding_.empty() ? "the server has sent a compressed message without grpc-encoding"
                                : "the server has compressed a message with '" + encoding_ +
                                      "'; only gzip is supported"};
  } else if (size > max_size_) {
    refuse_size(std::to_string(size));
  }
  missing_ = size;
}

void MessageReader::decompress(Message& message) {
  std::string bytes;
  Gunzip result{};
  coro::on_loop_stack([&] { result = gzip_decompressed(message.bytes, max_size_, bytes); });
  switch (result) {
    case Gunzip::kDone:
      message.bytes = std::move(bytes);
      message.is_compressed = false;
      break;
    case Gunzip::kInvalid:
      error_ = {GrpcCode::kInternal, "the server has sent a message that is not valid gzip"};
      break;
    case Gunzip::kTooLarge:
      refuse_size("more than " + std::to_string(max_size_));
  }
}

void MessageReader::refuse_size(std::string_view size) {
  error_ = {GrpcCode::kResourceExhausted, "Received message larger than max (" + std::string(size) +
                                              " vs. " + std::to_string(max_size_) + ")"};
}

std::optional<MessageReader::Message> MessageReader::take() {
  DCHECK(size() > 0);
  Message message = std::move(messages_[taken_]);
  if (++taken_ == messages_.size()) {
    messages_.clear();
    taken_ = 0;
  }
  if (message.is_compressed) decompress(message);
  if (message.is_compressed) {
    messages_.clear();
    taken_ = 0;
    return std::nullopt;
  }
  return message;
}

}  // namespace cppworker::grpc
