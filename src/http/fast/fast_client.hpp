#pragma once

#include <memory>
#include <string>

#include <cppworker/fast_http_user.hpp>

#include "coro/stack_frame.hpp"
#include "http/http_client.hpp"
#include "http/own/connection_pool.hpp"
#include "http/own/own_engine.hpp"

namespace cppworker::http::fast {

class FastCall;

/// FastHttpUser's client: an HTTP/1.1 implementation that behaves like locust.contrib.fasthttp.
/// Unsupported options throw std::invalid_argument, whose text recommends HttpUser.
class FastClient final : public HttpClient {
 public:
  FastClient(Environment& environment, std::string_view base_url, User* user,
             const FastHttpSettings& fast_settings);

  Response request(const Call& call) override;
  [[nodiscard]] bool head_follows_redirects() const override { return true; }

 private:
  /// Makes the response and reports it.
  CPPWORKER_OWN_FRAME Response finish(const Call& call, FastCall& fast);

  const std::shared_ptr<own::OwnEngine> engine_;
  const std::shared_ptr<own::ConnectionPool> pool_;  // streamed responses may outlive the session
  const own::Proxy proxy_;                           // its host is "" if there is none
  const coro::Duration connection_timeout_;
  const coro::Duration network_timeout_;
};

}  // namespace cppworker::http::fast
