#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "http/exchange.hpp"

namespace cppworker::http::own {

/// The use of a response parser from the first byte of a response until the response is taken. The
/// parsers are shared by the thread's users: most responses arrive in one piece, so that a few
/// parsers serve thousands of users from the CPU cache.
template <class Parser>
class BorrowedParser {
 public:
  BorrowedParser() = default;
  BorrowedParser(const BorrowedParser&) = delete;
  BorrowedParser& operator=(const BorrowedParser&) = delete;
  ~BorrowedParser() { give_back(); }

  /// The parser; the first call after give_back() starts a response.
  /// @param head the response answers a HEAD request
  /// @param upgrade the request asks for another protocol
  Parser& begun(bool head, bool upgrade) {
    if (parser_ == nullptr) {
      parser_ = take();
      parser_->start(head);
      if (upgrade) parser_->expect_upgrade();
    }
    return *parser_;
  }
  /// The parser, for longer than the thread may live.
  [[nodiscard]] std::unique_ptr<Parser> keep() { return std::move(parser_); }
  void give_back() {
    if (parser_ != nullptr && idle().size() < kIdleMax &&
        parser_->body.capacity() <= kBodyReservedMax) {
      idle().push_back(std::move(parser_));
    }
    parser_.reset();
  }

  /// False before the first byte of the response.
  explicit operator bool() const { return parser_ != nullptr; }
  Parser* operator->() const {
    DCHECK(parser_ != nullptr);
    return parser_.get();
  }
  Parser& operator*() const { return *operator->(); }

 private:
  static constexpr std::size_t kIdleMax = 64;

  static std::vector<std::unique_ptr<Parser>>& idle() {
    thread_local std::vector<std::unique_ptr<Parser>> parsers;
    return parsers;
  }
  static std::unique_ptr<Parser> take() {
    if (idle().empty()) {
      return std::make_unique<Parser>();
    }
    std::unique_ptr<Parser> parser = std::move(idle().back());
    idle().pop_back();
    return parser;
  }

  std::unique_ptr<Parser> parser_;
};

}  // namespace cppworker::http::own
