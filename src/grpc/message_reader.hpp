#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "grpc/status.hpp"

namespace cppworker::grpc {

/// Splits the body of a response into messages. Each has a head of five bytes: whether it is
/// compressed, and its size. A compressed message stays so until it is taken: flow control limits
/// the bytes that wait, but not what they would be decompressed. append() is for the scheduler's
/// own stack.
class MessageReader {
 public:
  struct Message {
    std::string bytes;
    bool is_compressed = false;  ///< false when it was taken
    coro::TimePoint since;       ///< the later one of the last note_write() and the message before
    coro::TimePoint arrived;
  };

  /// @param max_size of a message; that of a compressed one when it is decompressed
  /// @param start counts as the first note_write()
  MessageReader(std::size_t max_size, coro::TimePoint start) : max_size_(max_size), since_(start) {}

  /// How compressed messages are compressed: the field grpc-encoding.
  void set_encoding(std::string_view encoding) { encoding_ = encoding; }
  /// After an error, does nothing.
  void append(std::string_view bytes, coro::TimePoint now);
  /// A message is written: the response time of the next one that arrives begins.
  void note_write(coro::TimePoint now) { since_ = now; }
  /// An error in the bytes so far, as a message that is too large; else kOk.
  [[nodiscard]] const Status& error() const { return error_; }
  /// True if a part of a message has arrived.
  [[nodiscard]] bool is_within_message() const { return head_size_ != 0; }

  /// The number of complete messages that were not taken.
  [[nodiscard]] std::size_t size() const { return messages_.size() - taken_; }
  /// The first one; none if it can't be decompressed: then there is an error(), and the messages
  /// after it are dropped. Throws std::bad_alloc. @pre size() > 0
  [[nodiscard]] std::optional<Message> take();

 private:
  void begin_message();
  void decompress(Message& message);
  void refuse_size(std::string_view size);

  static constexpr std::size_t kHeadSize = 5;
  std::size_t max_size_;
  std::string encoding_;
  Status error_;
  std::array<char, kHeadSize> head_{};
  std::size_t head_size_ = 0;
  std::size_t missing_ = 0;  // bytes of the message that is arriving
  std::string message_;
  coro::TimePoint since_;  // of the next message
  std::vector<Message> messages_;
  std::size_t taken_ = 0;
};

}  // namespace cppworker::grpc
