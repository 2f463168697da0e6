#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <curl/curl.h>

#include "coro/clock.hpp"
#include "http/curl/curl_handles.hpp"
#include "http/curl/curl_stand_ins.hpp"
#include "http/failure.hpp"
#include "http/url/url.hpp"
#include "net/shard_resolver.hpp"
#include "net/socket_address.hpp"

namespace cppworker::http {

/// The addresses that one transfer connects to. libcurl knows stand-ins for them; the real ones are
/// put in their place when it opens a socket. A transfer that may reuse a connection looks nothing
/// up until libcurl wants to connect after all; then it is taken from libcurl, waits for the lookup
/// and starts again. On the scheduler's own stack.
class CurlAddresses {
 public:
  /// @param names,stand_ins the engine's
  CurlAddresses(net::ShardResolver& names, CurlStandIns& stand_ins)
      : names_(names), stand_ins_(stand_ins) {}

  /// A new request, at `now`.
  void start(coro::TimePoint now);
  /// The request is given to libcurl, for the first time or again.
  void restart();
  /// The request is over.
  void release() { connects_to_.reset(); }

  enum class Next { kConnect, kLookUp, kFail };
  struct Preparation {
    Next next = Next::kConnect;
    Failure failure{};                  ///< of kFail
    const std::string* host = nullptr;  ///< of kLookUp; lives as long as the stand-ins
  };
  /// Makes libcurl know the host of `url`, by `resolve_list` if it doesn't yet.
  /// @param may_reuse the user may have a connection: a lookup can wait
  [[nodiscard]] Preparation prepare(const Url& url, bool may_reuse, HeaderList& resolve_list);

  /// The lookup's answer, for the next prepare(). False: it has nothing new for a connection that
  /// has failed.
  [[nodiscard]] bool take_answer(const net::ShardResolver::AnswerPtr& answer);

  /// Replaces a stand-in by its real address. False: libcurl must not connect, because there is no
  /// such address any more or needs_lookup().
  [[nodiscard]] bool replace(const CurlStandIns::StandIn& stand_in, curl_sockaddr& address);
  /// libcurl wants to connect, and no current answer is kept.
  [[nodiscard]] bool needs_lookup() const { return needs_answer_; }
  /// Whether a transfer that ended with `code` needs a lookup instead: there was no current
  /// address, or the addresses may be outdated. Python looks names up for each connection.
  [[nodiscard]] bool needs_lookup_after(CURLcode code);
  /// The host to look up. @pre needs_lookup() or needs_lookup_after()
  [[nodiscard]] const std::string& host() const;
  /// No connection was made in time: a lookup may help the next one.
  void note_timeout();

 private:
  void choose(const CurlStandIns::Name& name, std::uint16_t port);

  net::ShardResolver& names_;
  CurlStandIns& stand_ins_;
  net::ShardResolver::AnswerPtr answer_;       // looked up for this request; null: use what is kept
  net::ShardResolver::AnswerPtr connects_to_;  // null: no connection was made by name
  std::vector<net::SocketAddress> addresses_;  // of connects_to_, in the order to try
  const CurlStandIns::Name* name_ = nullptr;   // of connects_to_, or the one to look up
  bool needs_answer_ = false;
  bool looked_up_again_ = false;  // because no connection could be made
  coro::TimePoint began_{};
};

}  // namespace cppworker::http
