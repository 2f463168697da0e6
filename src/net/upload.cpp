#include "net/upload.hpp"

#include <cstddef>

namespace cppworker::net {

namespace {

/// The largest body that is copied behind the head of its message.
constexpr std::size_t kJoinedBodyMax = std::size_t{16} * 1024;

}  // namespace

void Upload::keep_head() {
  if (!head_.empty() && kept_.empty()) {
    kept_ = head_;
    head_ = kept_;
  }
}

void Upload::join() {
  if (!head_.empty() && !body_.empty() && kept_.empty() && body_.size() <= kJoinedBodyMax) {
    kept_.reserve(head_.size() + body_.size());
    kept_.append(head_).append(body_);
    head_ = kept_;
    body_ = {};
  }
}

}  // namespace cppworker::net
