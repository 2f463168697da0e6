#include "websocket/open_upgrade.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <cppworker/events.hpp>

#include "coro/scheduler.hpp"
#include "http/basic_auth.hpp"
#include "http/cookie_rules.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/http_client.hpp"
#include "net/deadline.hpp"
#include "net/dial.hpp"
#include "user/deadline.hpp"
#include "user/shard.hpp"

namespace cppworker::websocket {

namespace {

constexpr std::size_t kHeadMax = std::size_t{256} * 1024;

std::string request_head(const http::Call& call, const http::Url& url) {
  std::string head = "GET " + std::string(url.path_url()) + " HTTP/1.1\r\nHost: " +
                     std::string(url.address()) + "\r\n";
  const auto append = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  for (const auto& [name, value] : call.client.settings.headers) {
    if (!call.options.headers.contains(name)) append(name, value);
  }
  for (const auto& [name, value] : call.options.headers) append(name, value);
  if (const auto& auth = http::chosen_auth(call)) append("Authorization", http::basic_auth(*auth));
  const std::string cookie =
      http::cookie_header(call.client.cookies, {.url = url}, detail::unix_time());
  if (!cookie.empty()) append("Cookie", cookie);
  return head + "\r\n";
}

http::Upgrade failed(const net::Failure& failure, std::string_view host, coro::TimePoint now) {
  http::Upgrade upgrade;
  upgrade.response.error = failure.cause == net::Failure::Cause::kSystemError
                               ? http::os_error_text(failure.number)
                               : "WebSocketError('" + net::failure_text(failure, host) + "')";
  upgrade.ended = now;
  return upgrade;
}

}  // namespace

http::Upgrade open_upgrade(const http::Call& call) {
  detail::Shard& shard = call.client.environment.shard();
  const http::Url url = http::target_url(call);
  const SessionSettings& settings = call.client.settings;
  Tls tls{.verify = settings.verify};
  if (!settings.cert.cert.empty()) tls.cert = settings.cert;
  const net::Destination destination{
      .host = std::string(url.host()), .port = url.port(), .tls = url.https() ? &tls : nullptr};
  const coro::TimePoint limit =
      detail::deadline_after(call.options.timeout.connect.value_or(Seconds{60}));
  net::Dialed dialed = net::dial(shard.names, shard.tls_contexts, destination, limit);
  const auto now = [&shard] { return shard.scheduler.clock().now(); };
  if (dialed.failure) return failed(dialed.failure, destination.host, now());
  net::Deadline deadline(shard.scheduler, call.self, limit);
  const std::string head = request_head(call, url);
  net::Upload upload(head, {});
  std::string received;
  std::size_t end = std::string::npos;
  net::Failure failure = dialed.connection->send(upload, deadline);
  while (!failure && end == std::string::npos && received.size() <= kHeadMax) {
    std::string_view bytes;
    failure = dialed.connection->receive(bytes, deadline);
    received += bytes;
    end = received.find("\r\n\r\n");
  }
  if (failure) return failed(failure, destination.host, now());
  http::Upgrade upgrade;
  upgrade.ended = now();
  upgrade.response.url = url.text();
  std::string_view lines = std::string_view(received).substr(0, std::min(end, received.size()) + 2);
  const std::string_view status = http::take_line(lines);
  if (!status.starts_with("HTTP/1.1 ") || status.size() < 12) {
    upgrade.response.error = "BadStatusLine(" + std::string(status) + ")";
    return upgrade;
  }
  upgrade.response.status_code = std::atoi(std::string(status.substr(9, 3)).c_str());
  upgrade.response.headers = ResponseHeaders(std::string(lines));
  if (upgrade.response.status_code == 101) {
    upgrade.connection = std::move(dialed.connection);
    upgrade.rest = received.substr(end + 4);
  }
  return upgrade;
}

}  // namespace cppworker::websocket
