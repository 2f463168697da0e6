#pragma once

#include <memory>
#include <string>

#include <cppworker/fast_http_user.hpp>

#include "http/fast/connection_pool.hpp"
#include "http/fast/fast_engine.hpp"
#include "http/http_client.hpp"

namespace cppworker::http::fast {

/// FastHttpUser's client: HTTP/1.1 of our own, with the manners of locust.contrib.fasthttp. What it
/// can't do throws std::invalid_argument that names HttpUser.
class FastClient final : public HttpClient {
 public:
  /// @param settings valid as long as the client
  FastClient(Environment& environment, const detail::FastHttpSettings& settings);

  Response request(const Call& call) override;

 private:
  const std::shared_ptr<FastEngine> engine_;
  const detail::FastHttpSettings& settings_;
  const ConnectionPool::Settings pool_settings_;
  ConnectionPool pool_;
};

}  // namespace cppworker::http::fast
