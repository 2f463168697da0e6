#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>
#include <cppworker/http_session.hpp>

#include "coro/loop_stack.hpp"
#include "coro/scheduler.hpp"
#include "coro/stack_frame.hpp"
#include "http/call.hpp"
#include "http/http_client.hpp"
#include "http/requests/requests_client.hpp"
#include "http/rest.hpp"
#include "user/shard.hpp"

namespace cppworker {

namespace {

Response perform(http::HttpClient& client, std::string_view method, std::string_view url,
                 std::string_view name, const RequestOptions& options,
                 const HttpSession::Check& check) {
  detail::Shard& shard = client.environment.shard();
  coro::Scheduler& scheduler = shard.scheduler;
  coro::Coroutine* const self = scheduler.running();
  if (self == nullptr) {
    shard.check_thread("A method of client()");
    throw Error(
        "An HTTP request can be made only by a user (on_start, a task, on_stop) or a listener of "
        "test_start, test_stopping, test_stop or quitting.");
  }
  std::optional<http::PhaseTimer> phases;
  if (shard.measures_phases) phases.emplace(scheduler.clock());
  return client.request({.client = client,
                         .method = method,
                         .url = url,
                         .name = name,
                         .options = options,
                         .check = check,
                         .self = *self,
                         .start = scheduler.clock().now(),
                         .phases = phases ? &*phases : nullptr});
}

CPPWORKER_OWN_FRAME Response perform_renamed(http::HttpClient& client, std::string_view method,
                                             std::string_view url, const RequestOptions& options,
                                             const HttpSession::Check& check) {
  const std::string name =
      client.settings.request_name;  // a copy: it may change during the request
  return perform(client, method, url, name, options, check);
}

void destroy(http::HttpClient* client) {
  coro::on_loop_stack([client] { delete client; });
}

}  // namespace

HttpSession::HttpSession(Environment& environment, std::string_view base_url, User* user)
    : HttpSession(std::make_unique<http::requests::RequestsClient>(environment, base_url, user)) {}

HttpSession::HttpSession(std::unique_ptr<http::HttpClient> client)
    : client_(client.release(), &destroy),
      cookies(client_->cookies),
      headers(client_->settings.headers),
      auth(client_->settings.auth),
      verify(client_->settings.verify),
      cert(client_->settings.cert),
      proxies(client_->settings.proxies),
      http_version(client_->settings.http_version),
      max_redirects(client_->settings.max_redirects),
      trust_env(client_->settings.trust_env),
      request_name(client_->settings.request_name) {}

HttpSession::~HttpSession() = default;

Response HttpSession::request(std::string_view method, std::string_view url,
                              const RequestOptions& options, const Check& check) {
  const std::shared_ptr<http::HttpClient> client = client_;  // a call may outlive its session
  if (options.name.empty() && !client->settings.request_name.empty()) {
    return perform_renamed(*client, method, url, options, check);
  }
  return perform(*client, method, url, options.name, options, check);
}

Response HttpSession::head(std::string_view url, const RequestOptions& options,
                           const Check& check) {
  RequestOptions own = options;
  own.allow_redirects = options.allow_redirects.value_or(client_->head_follows_redirects());
  return request("HEAD", url, own, check);
}

Response HttpSession::rest(std::string_view method, std::string_view url,
                           const RequestOptions& options, const RestCheck& check) {
  return request(method, url, http::rest_options(options),
                 [&check](CatchResponse& response) { http::check_rest(response, check); });
}

Response HttpSession::rest_(std::string_view method, std::string_view url,
                            const RequestOptions& options, const RestCheck& check) {
  const std::string name = http::with_cache_buster(url, "...");
  RequestOptions named = options;
  if (named.name.empty()) {
    named.name = std::string_view(name);
  }
  const auto milliseconds = static_cast<std::int64_t>(detail::unix_time() * 1000);
  return rest(method, http::with_cache_buster(url, std::to_string(milliseconds)), named, check);
}

}  // namespace cppworker
