#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "http/process_settings.hpp"
#include "net/shard_resolver.hpp"
#include "net/tls_contexts.hpp"

namespace cppworker::detail {
class Shard;
}

namespace cppworker::http::own {

/// The resources that the users of one shard share for their own connections: buffers, host names,
/// TLS settings.
class OwnEngine {
 public:
  OwnEngine(coro::Scheduler& scheduler, net::ShardResolver& names, net::TlsContexts& tls_contexts);
  OwnEngine(const OwnEngine&) = delete;
  OwnEngine& operator=(const OwnEngine&) = delete;

  /// The shard's engine; created on first use, shut down with the shard.
  static const std::shared_ptr<OwnEngine>& of(detail::Shard& shard);

  [[nodiscard]] coro::Scheduler& scheduler() const { return scheduler_; }
  /// Ends everything that needs the scheduler, before the shard ends. Sessions may outlive it.
  void shut_down();
  /// The shard has ended: sessions and responses that still exist can't wait.
  [[nodiscard]] bool is_shut_down() const { return shut_down_; }

  /// A buffer for bytes to be sent. A coroutine may use it until it suspends.
  [[nodiscard]] std::string& send_buffer() { return send_buffer_; }

  /// The environment variables about HTTP, read once per shard. Throws Error (an unknown engine).
  [[nodiscard]] const ProcessSettings& process_settings() {
    if (!process_settings_) {
      process_settings_ = ProcessSettings::read();
    }
    return *process_settings_;
  }

  /// The shard's host names. @pre !is_shut_down()
  [[nodiscard]] net::ShardResolver& names() const {
    DCHECK(!shut_down_);
    return names_;
  }

  /// The shard's settings of TLS connections. @pre !is_shut_down()
  [[nodiscard]] net::TlsContexts& tls_contexts() const {
    DCHECK(!shut_down_);
    return tls_contexts_;
  }

 private:
  coro::Scheduler& scheduler_;
  std::string send_buffer_;
  net::ShardResolver& names_;
  net::TlsContexts& tls_contexts_;
  std::optional<ProcessSettings> process_settings_;
  bool shut_down_ = false;
};

}  // namespace cppworker::http::own
