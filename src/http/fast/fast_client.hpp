#pragma once

#include <memory>
#include <string>

#include <cppworker/fast_http_user.hpp>

#include "http/fast/connection_pool.hpp"
#include "http/fast/fast_engine.hpp"
#include "http/http_client.hpp"

namespace cppworker::http::fast {

class FastCall;

/// FastHttpUser's client: HTTP/1.1 of our own, with the manners of locust.contrib.fasthttp. What it
/// can't do throws std::invalid_argument that names HttpUser.
class FastClient final : public HttpClient {
 public:
  FastClient(Environment& environment, const FastHttpSettings& settings);

  Response request(const Call& call) override;
  [[nodiscard]] bool head_follows_redirects() const override { return true; }

 private:
  /// What follows the exchange. On its own frame, which lies where that of the exchange was: what
  /// suspended users keep on their stacks is little enough to come back into the cache in time.
  [[gnu::noinline]] Response finish(const Call& call, FastCall& fast);

  const std::shared_ptr<FastEngine> engine_;
  const std::shared_ptr<ConnectionPool> pool_;  // streamed answers may outlive the session
  const coro::Duration connection_timeout_;
  const coro::Duration network_timeout_;
};

}  // namespace cppworker::http::fast
