#pragma once

#include <memory>
#include <string>

#include <cppworker/fast_http_user.hpp>

#include "../http_fixture.hpp"
#include "http/fast/fast_client.hpp"

namespace cppworker::http::fast {

/// One shard, and sessions as FastHttpUsers have them.
class FastFixture : public HttpFixture {
 protected:
  std::unique_ptr<HttpSession> session(const std::string& url) {
    auto client = std::make_unique<HttpSession>(
        environment, url, nullptr, std::make_unique<FastClient>(environment, settings));
    client->verify = !settings.insecure;
    client->max_redirects = settings.max_redirects;
    return client;
  }

  detail::FastHttpSettings settings;
};

}  // namespace cppworker::http::fast
