#pragma once

#include <memory>

#include "http/curl/curl_engine.hpp"
#include "http/curl/curl_handles.hpp"
#include "http/http_client.hpp"

namespace cppworker::http {

/// HttpUser's client: python-requests on libcurl.
class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(Environment& environment);

  Response request(const Call& call) override;

 private:
  // Both are shared with streamed responses, which may outlive the session.
  const std::shared_ptr<CurlEngine> engine_;
  const std::shared_ptr<CurlShare> share_;
};

}  // namespace cppworker::http
