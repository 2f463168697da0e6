#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/http_options.hpp>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "http/exchange_body.hpp"
#include "http/failure.hpp"
#include "http/phase_timer.hpp"
#include "http/url/url.hpp"

namespace cppworker::http {

/// How a connection is made. A request never uses a connection that was made in another way.
struct Transport {
  Verify verify = true;
  Cert cert{};
  /// URL of the proxy; "": no proxy; nullopt: the environment variables decide.
  std::optional<std::string> proxy{std::in_place};
  HttpVersion http_version = HttpVersion::kHttp11;

  /// False only if there is certainly no proxy.
  [[nodiscard]] bool may_have_proxy() const { return !proxy || !proxy->empty(); }
  bool operator==(const Transport&) const = default;
};

/// The most memory that is reserved because a server announces a large body.
constexpr std::size_t kBodyReservedMax = std::size_t{1024} * 1024;

/// The most bytes that the body of a response may have after its Content-Encoding is decoded. A
/// small response can expand to a thousand times its size and more.
constexpr std::size_t kDecodedBodyMax = std::size_t{1024} * 1024 * 1024;

/// An engine that performs the exchanges of one session. An exchange's failures have causes that
/// don't depend on the engine.
class Exchange {
 public:
  /// One request of a call, which has several if it is redirected. The texts and the URL must stay
  /// valid until the response is complete.
  struct Request {
    std::string_view method;  ///< upper case
    const Url* url = nullptr;
    std::string_view body;
    bool has_body = false;     ///< false: no `Content-Length: 0` is sent either
    bool stream = false;       ///< complete with the head of the response, unless it is a redirect
    bool upgrade = false;      ///< asks for another protocol; `stream` is set, too
    bool follows = false;      ///< redirects are followed, so their bodies are read
    bool has_host = false;     ///< header_lines contain a Host header
    std::string header_lines;  ///< "Name: value\r\n", all; Host only if the author sets it
    std::optional<coro::Duration> connect_timeout;  ///< also for sending the request
    std::optional<coro::Duration> read_timeout;     ///< for each wait for bytes of the response
    Transport transport;
    PhaseTimer* phases = nullptr;  ///< of the call; null: phases are not measured
  };

  /// The response to a request, or its failure.
  struct Result {
    int status_code = 0;         ///< 0: the head of the response is incomplete
    std::string reason;          ///< of the status line, as received
    std::string header_lines;    ///< "Name: value\r\n", without the status line
    bool sets_cookies = false;   ///< there is a Set-Cookie header
    bool is_encoded = false;     ///< there is a Content-Encoding header
    bool sent = false;           ///< a server may have received the request; engines only set it
    std::string body;            ///< still encoded; after a failure the received part
    std::string remote_address;  ///< only if the engine knows it without remote_address()
    std::unique_ptr<ExchangeBody> stream;  ///< of a request with `stream`, instead of the body
    Failure failure;
    coro::TimePoint finished_at{};
  };

  Exchange() = default;
  virtual ~Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Sends the request and receives the response into `result`, which replaces its contents (but
  /// `sent`). Suspends `self`, the running coroutine. Throws StopUser.
  virtual void perform(const Request& request, Result& result, coro::Coroutine& self) = 0;

  /// The address to which the request was sent; "": not known.
  [[nodiscard]] virtual std::string remote_address(const Request& /*request*/,
                                                   const Result& result) const {
    return result.remote_address;
  }
};

}  // namespace cppworker::http
