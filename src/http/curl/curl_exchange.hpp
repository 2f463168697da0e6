#pragma once

#include <memory>

#include "http/curl/curl_engine.hpp"
#include "http/curl/curl_handles.hpp"
#include "http/exchange.hpp"

namespace cppworker::http {

/// Performs the exchanges of one HttpUser by libcurl.
class CurlExchange final : public Exchange {
 public:
  explicit CurlExchange(detail::Shard& shard);

  void perform(const Request& request, Result& result, coro::Coroutine& self) override;

 private:
  // Both are shared with streamed responses, which may outlive the session.
  const std::shared_ptr<CurlEngine> engine_;
  const std::shared_ptr<CurlShare> share_;
};

}  // namespace cppworker::http
