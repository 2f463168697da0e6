#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "http/fast/connection_pool.hpp"
#include "http/fast/fast_body_stream.hpp"
#include "http/fast/fast_engine.hpp"
#include "http/fast/patience.hpp"
#include "http/fast/response_parser.hpp"
#include "http/http_client.hpp"
#include "http/url.hpp"

namespace cppworker::http::fast {

/// One call of HttpSession::request(): the request, those after redirects, and what came of them.
/// Lives on the coroutine's stack.
class FastCall {
 public:
  struct Limits {
    std::optional<coro::Duration> connect_timeout;
    std::optional<coro::Duration> network_timeout;
    int attempts = 1;  ///< after the first: how often a lost connection is replaced
    bool proxied = false;
  };

  /// Throws InvalidURL, std::invalid_argument.
  FastCall(const Call& call, FastEngine& engine, ConnectionPool& pool, const Limits& limits);

  enum class End : std::uint8_t { kAnswered, kStopped };
  /// All hops. Suspends; throws StopUser, InvalidURL, std::invalid_argument.
  End run();

  /// Whether a server may have counted a request of it.
  [[nodiscard]] bool sent() const { return sent_; }
  /// After run(), once: the response, and how the statistics see it.
  [[nodiscard]] Response take_response(std::optional<std::string>& failure);
  /// The response has no body yet: it is to be had from take_stream(), once.
  [[nodiscard]] bool streamed() const { return streamed_.has_value(); }
  [[nodiscard]] std::shared_ptr<BodyStream> take_stream(FastBodyStream::Owners owners);
  [[nodiscard]] std::int64_t content_length() const { return parser_.content_length(); }
  /// As the call had it, complete. Before take_response().
  [[nodiscard]] const Url& first_url() const { return first_; }
  [[nodiscard]] bool redirected() const { return redirected_.has_value(); }

 private:
  enum class Hop : std::uint8_t { kAnswered, kFailed, kStopped };

  [[nodiscard]] const Url& url() const { return redirected_ ? *redirected_ : first_; }
  void make_body();
  Hop exchange();
  /// kClosed: nothing of an answer has come.
  IoResult read_answer(ConnectionPool::Lease& connection);
  void write_head();
  Hop fail(std::string failure);
  /// Where a redirect leads that is to be followed; "": there is none.
  [[nodiscard]] std::string_view location() const;
  [[nodiscard]] bool streams() const;
  bool redirect();
  void prefetch(const ConnectionPool::Lease& connection) const;
  void keep_cookies();
  /// What has been read of the answer.
  Response answer();

  const Call& call_;
  FastEngine& engine_;
  ConnectionPool& pool_;
  const Limits& limits_;
  Patience patience_;
  ResponseParser parser_;
  std::string method_;  // upper case
  Url first_;
  std::string_view body_;
  bool answered_ = false;  // the head of an answer is there
  bool follows_ = true;
  bool json_ = false;
  bool sent_ = false;
  bool body_dropped_ = false;
  bool auth_dropped_ = false;
  // What most calls don't have, apart from what all have: less to fetch from memory for them.
  FastEngine::Trust trust_;
  std::string authorization_;  // value of the header
  Content content_;            // of the first hop
  std::optional<Url> redirected_;
  std::vector<Response> history_;
  std::optional<ConnectionPool::Lease> streamed_;
  std::string failure_;  // of the connection or the body; "": none
};

}  // namespace cppworker::http::fast
