#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coro/coroutine.hpp"
#include "net/connection.hpp"
#include "net/failure.hpp"
#include "net/sink.hpp"

namespace cppworker::net {

/// What a connection has if it has a sink, or bytes of write() that the kernel has not taken.
class Connection::Passive {
 public:
  /// A coroutine in wait_sent(), on its stack. It may outlive the connection.
  class Wait {
   public:
    Wait(Passive& passive, coro::Coroutine& self) : passive_(passive), self_(self) {
      passive_.waits_.push_back(this);
    }
    ~Wait() {
      if (!ended_) std::erase(passive_.waits_, this);
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    [[nodiscard]] bool ended() const { return ended_; }
    [[nodiscard]] const Failure& failure() const { return failure_; }

   private:
    friend class Passive;
    Passive& passive_;
    coro::Coroutine& self_;
    Failure failure_{};
    bool ended_ = false;
  };
  /// Whether the connection is still open after a call of the sink.
  class Guard {
   public:
    explicit Guard(Passive& passive) : passive_(passive) { passive_.closed_ = &closed_; }
    ~Guard() {
      if (!closed_) passive_.closed_ = nullptr;
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    [[nodiscard]] bool closed() const { return closed_; }

   private:
    Passive& passive_;
    bool closed_ = false;
  };

  /// The bytes that the kernel has not taken.
  [[nodiscard]] std::string_view unsent() const { return std::string_view(unsent_).substr(sent_); }
  void add_unsent(std::string_view bytes) {
    if (sent_ > unsent_.size() / 2) {
      unsent_.erase(0, std::exchange(sent_, 0));
    }
    unsent_ += bytes;
  }
  void advance(std::size_t count) {
    sent_ += count;
    if (sent_ == unsent_.size()) drop_unsent();
  }
  void drop_unsent() {
    std::string().swap(unsent_);  // frees its memory
    sent_ = 0;
  }

  void end_waits(const Failure& result) {
    for (Wait* const wait : std::exchange(waits_, {})) {
      wait->failure_ = result;
      wait->ended_ = true;
      wait->self_.resume();
    }
  }
  void closed() {
    if (closed_ != nullptr) *closed_ = true;
  }

  Sink* sink = nullptr;  ///< null after on_end()
  Failure failure{};     ///< of the last write, or of the connection
  bool ending = false;   ///< end_writing() is not complete

 private:
  std::string unsent_;    // from sent_ on
  std::size_t sent_ = 0;  // bytes of unsent_
  std::vector<Wait*> waits_;
  bool* closed_ = nullptr;  // of a Guard
};

}  // namespace cppworker::net
