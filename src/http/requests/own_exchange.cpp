#include "http/requests/own_exchange.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <cppworker/http_session.hpp>

#include "base/check.hpp"
#include "http/basic_auth.hpp"
#include "http/header_lines.hpp"
#include "http/own/own_body.hpp"
#include "http/own/round_trip.hpp"
#include "http/redirect.hpp"
#include "http/requests/response_parser.hpp"

namespace cppworker::http::requests {

namespace {

// As python-requests: pool_connections and pool_maxsize of its HTTPAdapter.
constexpr std::size_t kOriginsMax = 10;
constexpr std::size_t kIdleMax = 10;

/// One exchange, for RoundTrip.
class Caller {
 public:
  Caller(const Exchange::Request& request, Exchange::Result& result, const own::Proxy* proxy,
         const own::BorrowedParser<ResponseParser>& parser, std::string& buffer)
      : request_(request), result_(result), proxy_(proxy), parser_(parser), buffer_(buffer) {}

  std::string_view write_head() {
    result_.sent = true;
    const Url& url = *request_.url;
    std::string& head = buffer_;
    head.clear();
    head.append(request_.method).push_back(' ');
    if (proxy_ != nullptr && !url.https()) {
      head += "http://";
      append_authority(head, url);
    }
    head.append(url.path_url()).append(" HTTP/1.1\r\n");
    if (!request_.has_host) {
      head += "Host: ";
      append_authority(head, url);
      head += "\r\n";
    }
    head += request_.header_lines;
    if (proxy_ != nullptr && !url.https() && !proxy_->authorization.empty()) {
      head.append("Proxy-Authorization: ").append(proxy_->authorization).append("\r\n");
    }
    head += "\r\n";
    return head;
  }
  [[nodiscard]] std::string_view body() const { return request_.body; }
  [[nodiscard]] bool is_head() const { return request_.method == "HEAD"; }
  [[nodiscard]] bool is_upgrade() const { return request_.upgrade; }
  [[nodiscard]] bool ends_with_head() const {
    return request_.stream && !(request_.follows && is_redirect(parser_->status_code()) &&
                                !find_header(parser_->header_lines(), "Location").empty());
  }
  void before_receiving() const {}

 private:
  const Exchange::Request& request_;
  Exchange::Result& result_;
  const own::Proxy* const proxy_;
  const own::BorrowedParser<ResponseParser>& parser_;
  std::string& buffer_;  // the engine's
};

}  // namespace

void append_authority(std::string& head, const Url& url) {
  const std::size_t zone = url.zone();
  head.append(url.host().substr(0, zone));
  if (zone != std::string_view::npos) {
    head += ']';
  }
  if (url.port() != default_port(url.https())) {
    std::array<char, 5> digits{};
    head.push_back(':');
    head.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), url.port()).ptr);
  }
}

OwnExchange::OwnExchange(std::shared_ptr<own::OwnEngine> engine)
    : engine_(std::move(engine)),
      pool_(std::make_shared<own::ConnectionPool>(
          *engine_, own::ConnectionPool::Settings{.idle_max = kIdleMax,
                                                  .origins_max = kOriginsMax,
                                                  .last_failure_counts = true,
                                                  .checks_idle = true})) {}

bool OwnExchange::can_perform(const Request& request) {
  const Transport& transport = request.transport;
  if (transport.http_version == HttpVersion::kHttp2 && request.url->https()) {
    return false;
  }
  return transport.proxy && (transport.proxy->empty() || proxy(*transport.proxy) != nullptr);
}

const own::Proxy* OwnExchange::proxy(const std::string& url) {
  if (url == proxy_url_) {
    return proxy_.get();
  }
  proxy_url_ = url;
  proxy_.reset();
  try {
    const bool has_scheme = url.find("://") != std::string::npos;
    const Url parsed = Url::prepare(has_scheme ? url : "http://" + url);
    if (!parsed.https()) {
      proxy_ = std::make_unique<own::Proxy>(
          own::Proxy{.host = std::string(parsed.host()), .port = parsed.port()});
      if (const std::optional<Auth> auth = credentials_in(parsed); auth && !auth->user.empty()) {
        proxy_->authorization = basic_auth(*auth);
      }
    }
  } catch (const InvalidURL&) {  // libcurl reports it
  }
  return proxy_.get();
}

void OwnExchange::perform(const Request& request, Result& result, coro::Coroutine& self) {
  DCHECK(can_perform(request));
  std::optional<own::Proxy> named;  // a copy: another coroutine may change the session's proxies
  if (!request.transport.proxy->empty()) {
    named = *proxy(*request.transport.proxy);
  }
  const own::Proxy* const proxy = named ? &*named : nullptr;
  own::ConnectionPool::Lease connection(*pool_);
  own::BorrowedParser<ResponseParser> parser;
  own::Deadline deadline(engine_->scheduler(), self);
  Caller caller(request, result, proxy, parser, engine_->send_buffer());
  result.status_code = 0;
  result.failure = own::RoundTrip(connection, parser, deadline, caller)
                       .run({.url = *request.url,
                             .verify = request.transport.verify,
                             .cert = request.transport.cert,
                             .proxy = proxy,
                             .connect_timeout = request.connect_timeout,
                             .phases = request.phases},
                            {.send = request.connect_timeout, .read = request.read_timeout});
  result.finished_at = engine_->scheduler().clock().now();
  if (!parser || !parser->answered()) {
    result.reason.clear();
    result.header_lines.clear();
    result.sets_cookies = false;
    result.is_encoded = false;
    result.body.clear();
    return;
  }
  const bool streams = !result.failure && caller.ends_with_head();
  result.status_code = parser->status_code();
  result.reason = std::move(parser->reason());
  result.header_lines = std::move(parser->header_lines());
  result.sets_cookies = parser->sets_cookies();
  result.is_encoded = parser->is_encoded();
  if (streams) {
    result.stream = std::make_unique<own::OwnBody<ResponseParser>>(
        own::OwnBody<ResponseParser>::Owners{.engine = engine_, .pool = pool_},
        std::move(connection), parser.keep(), request.read_timeout);
    return;
  }
  result.body = std::move(parser->body);
  if (!result.failure && parser->keep_alive()) {
    connection.keep();
  }
}

std::string OwnExchange::remote_address(const Request& request, const Result&) const {
  return pool_->last_address(*request.url);
}

}  // namespace cppworker::http::requests
