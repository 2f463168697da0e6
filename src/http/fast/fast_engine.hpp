#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>

#include <openssl/ssl.h>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "http/fast/response_parser.hpp"
#include "net/shard_resolver.hpp"

namespace cppworker::detail {
class Shard;
}

namespace cppworker::http::fast {

/// The resources that the FastHttpUsers of one shard share: buffers, host names, TLS settings.
class FastEngine {
 public:
  FastEngine(coro::Scheduler& scheduler, net::ShardResolver& names);
  FastEngine(const FastEngine&) = delete;
  FastEngine& operator=(const FastEngine&) = delete;

  /// The shard's engine; created on first use, shut down with the shard.
  static const std::shared_ptr<FastEngine>& of(detail::Shard& shard);

  [[nodiscard]] coro::Scheduler& scheduler() const { return scheduler_; }
  /// Ends everything that needs the scheduler, before the shard ends. Sessions may outlive it.
  void shut_down();
  /// The shard has ended: sessions and responses that still exist can't wait.
  [[nodiscard]] bool is_shut_down() const { return shut_down_; }
  /// Does nothing after shut_down(): connections may outlive the shard.
  void unwatch(int fd);

  /// Buffers for received and for sent bytes. A coroutine may use them until it suspends.
  [[nodiscard]] std::span<char> receive_buffer() const { return {receive_buffer_.get(), kBuffer}; }
  [[nodiscard]] std::string& send_buffer() { return send_buffer_; }
  /// For a response that is received without a wait. A coroutine may use it until it suspends.
  [[nodiscard]] ResponseParser& parser() { return parser_; }

  /// The shard's host names. @pre !is_shut_down()
  [[nodiscard]] net::ShardResolver& names() const {
    DCHECK(!shut_down_);
    return names_;
  }

  struct Trust {
    bool verify = false;
    std::string ca_path{};  ///< "": the system's authorities
    auto operator<=>(const Trust&) const = default;
  };
  /// Throws Error (an unreadable ca_path). On the scheduler's own stack.
  SSL_CTX& tls_context(const Trust& trust);

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  static constexpr std::size_t kBuffer = std::size_t{64} * 1024;

  coro::Scheduler& scheduler_;
  const std::unique_ptr<char[]> receive_buffer_;  // NOLINT(cppcoreguidelines-avoid-c-arrays)
  std::string send_buffer_;
  ResponseParser parser_;
  net::ShardResolver& names_;
  std::map<Trust, std::unique_ptr<SSL_CTX, FreeContext>> tls_contexts_;
  bool shut_down_ = false;
};

}  // namespace cppworker::http::fast
