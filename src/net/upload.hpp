#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::net {

/// The bytes of a message that are still to be sent. The message consists of a head and a body,
/// which are sent together.
class Upload {
 public:
  /// Neither is copied before the connection has to wait.
  /// @param head valid until the first wait
  /// @param body valid until done()
  Upload(std::string_view head, std::string_view body) : head_(head), body_(body) {}
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  [[nodiscard]] bool done() const { return head_.empty() && body_.empty(); }

 private:
  friend class Connection;
  /// `count` bytes have been sent.
  void advance(std::size_t count) {
    const std::size_t of_head = std::min(count, head_.size());
    head_.remove_prefix(of_head);
    body_.remove_prefix(count - of_head);
  }
  /// Copies the head: it may be in a buffer that other coroutines use.
  void keep_head();
  /// Copies both into one piece if the body is small.
  void join();
  [[nodiscard]] std::string_view next() const { return head_.empty() ? body_ : head_; }

  std::string_view head_;
  std::string_view body_;
  std::string kept_;
};

}  // namespace cppworker::net
