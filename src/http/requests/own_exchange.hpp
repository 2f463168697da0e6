#pragma once

#include <memory>
#include <string>

#include "http/exchange.hpp"
#include "http/own/connection_pool.hpp"
#include "http/own/own_engine.hpp"

namespace cppworker::http::requests {

/// Appends the host as in a request line or a Host header, with the port unless it is the default.
void append_authority(std::string& head, const Url& url);

/// Performs the exchanges of one HttpUser over our own HTTP/1.1 connections, with the rules of
/// python-requests, urllib3 and http.client.
class OwnExchange final : public Exchange {
 public:
  explicit OwnExchange(std::shared_ptr<own::OwnEngine> engine);

  /// Whether our connections can do it: HTTP/1.1, without a proxy or with an HTTP proxy that the
  /// session or the call names.
  [[nodiscard]] bool can_perform(const Request& request);
  /// @pre can_perform(request)
  void perform(const Request& request, Result& result, coro::Coroutine& self) override;
  [[nodiscard]] std::string remote_address(const Request& request,
                                           const Result& result) const override;

 private:
  /// The proxy with that URL; null if it isn't an HTTP proxy.
  [[nodiscard]] const own::Proxy* proxy(const std::string& url);

  // Both are shared with streamed responses, which may outlive the session.
  const std::shared_ptr<own::OwnEngine> engine_;
  const std::shared_ptr<own::ConnectionPool> pool_;
  std::string proxy_url_;  // the one that was used last
  std::unique_ptr<own::Proxy> proxy_;
};

}  // namespace cppworker::http::requests
