#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>
#include <cppworker/http_session.hpp>

#include "coro/loop_stack.hpp"
#include "coro/scheduler.hpp"
#include "coro/stack_frame.hpp"
#include "http/http_client.hpp"
#include "http/requests/requests_client.hpp"
#include "http/rest.hpp"
#include "user/shard.hpp"

namespace cppworker {

struct HttpSession::Impl {
  Impl(Environment& environment, std::string_view base_url, User* user,
       std::unique_ptr<http::HttpClient> client_)
      : state(environment, base_url, user), client(std::move(client_)) {
    state.settings.auth = state.base.credentials();
  }

  http::SessionState state;
  const std::unique_ptr<http::HttpClient> client;

  Response request(std::string_view method, std::string_view url, std::string_view name,
                   const RequestOptions& options, const Check& check) {
    coro::Scheduler& scheduler = state.environment.shard().scheduler;
    coro::Coroutine* const self = scheduler.running();
    if (self == nullptr) {
      state.environment.shard().check_thread("A method of client()");
      throw Error(
          "An HTTP request can be made only by a user (on_start, a task, on_stop) or a listener of "
          "test_start, test_stopping, test_stop or quitting.");
    }
    return client->request({.session = state,
                            .method = method,
                            .url = url,
                            .name = name,
                            .options = options,
                            .check = check,
                            .self = *self,
                            .start = scheduler.clock().now()});
  }

  CPPWORKER_OWN_FRAME Response renamed_request(std::string_view method, std::string_view url,
                                               const RequestOptions& options, const Check& check) {
    const std::string name =
        state.settings.request_name;  // a copy: it may change during the request
    return request(method, url, name, options, check);
  }

  static void destroy(Impl* impl) {
    coro::on_loop_stack([impl] { delete impl; });
  }
};

HttpSession::HttpSession(Environment& environment, std::string_view base_url, User* user)
    : HttpSession(environment, base_url, user,
                  std::make_unique<http::requests::RequestsClient>(environment)) {}

HttpSession::HttpSession(Environment& environment, std::string_view base_url, User* user,
                         std::unique_ptr<http::HttpClient> client)
    : impl_(new Impl(environment, base_url, user, std::move(client)), &Impl::destroy),
      cookies(impl_->state.cookies),
      headers(impl_->state.settings.headers),
      auth(impl_->state.settings.auth),
      verify(impl_->state.settings.verify),
      cert(impl_->state.settings.cert),
      proxies(impl_->state.settings.proxies),
      http_version(impl_->state.settings.http_version),
      max_redirects(impl_->state.settings.max_redirects),
      trust_env(impl_->state.settings.trust_env),
      request_name(impl_->state.settings.request_name) {}

HttpSession::~HttpSession() = default;

Response HttpSession::request(std::string_view method, std::string_view url,
                              const RequestOptions& options, const Check& check) {
  const std::shared_ptr<Impl> impl = impl_;  // a call may outlive its session
  if (options.name.empty() && !impl->state.settings.request_name.empty()) {
    return impl->renamed_request(method, url, options, check);
  }
  return impl->request(method, url, options.name, options, check);
}

Response HttpSession::head(std::string_view url, const RequestOptions& options,
                           const Check& check) {
  RequestOptions own = options;
  own.allow_redirects = options.allow_redirects.value_or(impl_->client->head_follows_redirects());
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
