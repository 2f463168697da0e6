#pragma once

#include <memory>

#include "coro/stack_frame.hpp"
#include "http/exchange.hpp"
#include "http/http_client.hpp"
#include "http/process_settings.hpp"
#include "http/requests/own_exchange.hpp"

namespace cppworker::http::requests {

class RedirectChain;

/// HttpUser's client: it behaves as python-requests. Our own connections perform its exchanges, or
/// libcurl those that they can't perform (OwnExchange::can_perform). ProcessSettings::forces_curl
/// overrides this.
class RequestsClient final : public HttpClient {
 public:
  RequestsClient(Environment& environment, std::string_view base_url, User* user);
  ~RequestsClient() override;

  Response request(const Call& call) override;

 private:
  /// The last exchange of a call.
  struct Performed {
    const Exchange* engine;  ///< null: nothing was sent
    const Exchange::Request& request;
    Exchange::Result& result;
  };
  Exchange& engine_for(const Exchange::Request& request);
  /// Makes the response and reports it.
  CPPWORKER_OWN_FRAME static Response finish(const Call& call, RedirectChain& chain,
                                             const Performed& last);

  detail::Shard& shard_;
  const ProcessSettings& process_;  // of the engine, which own_ shares
  OwnExchange own_;
  std::unique_ptr<Exchange> curl_;  // made when it is needed
};

}  // namespace cppworker::http::requests
