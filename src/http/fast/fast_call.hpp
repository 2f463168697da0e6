#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "http/call.hpp"
#include "http/fast/connection_pool.hpp"
#include "http/fast/deadline.hpp"
#include "http/fast/fast_body_stream.hpp"
#include "http/fast/fast_engine.hpp"
#include "http/fast/response_parser.hpp"
#include "http/url/url.hpp"

namespace cppworker::http::fast {

/// One call of HttpSession::request(): the request, those after redirects, and what came of them.
/// Lives on the coroutine's stack, and is small: what thousands of waiting users keep has to come
/// back into the processor's cache for each request.
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
  /// After run(), once and before anything else waits: fills the (empty) response, and how the
  /// statistics see it.
  void take_response(Response& response, std::optional<std::string>& failure);
  /// The response has no body yet: it is to be had from take_stream(), once.
  [[nodiscard]] bool streamed() const { return extras_ != nullptr && extras_->streamed; }
  [[nodiscard]] std::shared_ptr<BodyStream> take_stream(FastBodyStream::Owners owners);
  [[nodiscard]] std::int64_t content_length() const { return parser_->content_length(); }
  /// As the call had it, complete. Before take_response().
  [[nodiscard]] const Url& first_url() const { return first_; }
  [[nodiscard]] bool redirected() const { return extras_ != nullptr && extras_->redirected; }

 private:
  enum class Exchange : std::uint8_t { kAnswered, kFailed, kStopped };

  /// What most calls don't have.
  struct Extras {
    std::string method;         // in upper case, if it was given in another
    std::string authorization;  // value of the header
    Content content;            // of the first hop
    std::optional<ResponseParser> parser;
    std::optional<Url> redirected;
    std::vector<Response> history;
    std::optional<ConnectionPool::Lease> streamed;
    std::string failure;  // of the connection or the body; "": none
  };

  Extras& extras();
  [[nodiscard]] const Url& url() const { return redirected() ? *extras_->redirected : first_; }
  void make_body();
  Exchange exchange();
  /// Takes a connection, sends the request and reads the answer.
  IoResult ask(ConnectionPool::Lease& connection);
  /// kClosed: nothing of an answer has come.
  IoResult read_answer(ConnectionPool::Lease& connection);
  ResponseParser& begun_parser();
  /// Into the engine's buffer.
  std::string_view write_head();
  void fail(std::string failure);
  // Apart, so that they take no room on the stacks of those that wait.
  [[gnu::noinline]] void fail_for(const IoResult& result);
  [[gnu::noinline]] [[nodiscard]] IoResult parse_failed() const;
  /// Where a redirect leads that is to be followed; "": there is none.
  [[nodiscard]] std::string_view location() const;
  [[nodiscard]] bool streams() const;
  /// Prepares the next hop; false if it is a failure instead.
  [[gnu::noinline]] bool redirect(int redirects);
  void prefetch(const ConnectionPool::Lease& connection) const;
  void keep_cookies();
  /// What has been read of the answer; fills an empty response.
  void take_answer(Response& response);

  const Call& call_;
  FastEngine& engine_;
  ConnectionPool& pool_;
  const Limits& limits_;
  std::unique_ptr<Extras> extras_;
  /// Of the present hop's answer; null until there is a byte of it. The engine's, while an answer
  /// is read without a wait: most come in one piece.
  ResponseParser* parser_ = nullptr;
  Deadline deadline_;
  std::string_view method_;  // upper case
  std::string_view body_;
  std::string_view content_type_;
  Url first_;
  bool answered_ = false;  // the head of an answer is there
  bool follows_ = true;
  bool json_ = false;
  bool sent_ = false;
  bool body_dropped_ = false;
  bool auth_dropped_ = false;
};

}  // namespace cppworker::http::fast
