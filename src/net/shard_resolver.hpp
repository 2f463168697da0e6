#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"
#include "net/resolver.hpp"
#include "net/socket_address.hpp"

namespace cppworker::net {

/// What is known of a host name. Belongs to the shard's thread.
class Answer {
 public:
  Answer(LookupResult result, coro::TimePoint found_at, std::size_t turn);

  /// EAI_…; 0: there are addresses.
  [[nodiscard]] int gai_error() const { return result_.gai_error; }
  /// Without a port, in the order of the lookup.
  [[nodiscard]] const std::vector<SocketAddress>& addresses() const { return result_.addresses; }
  [[nodiscard]] coro::TimePoint found_at() const { return found_at_; }
  /// In whatever order.
  [[nodiscard]] bool has_addresses_of(const Answer& other) const;

  /// The addresses in the order in which the next connection is to try them: each connection begins
  /// with the one after that of the connection before it. The families keep their places.
  [[nodiscard]] std::vector<SocketAddress> for_connection(std::uint16_t port);

 private:
  friend class ShardResolver;

  LookupResult result_;
  coro::TimePoint found_at_;
  std::size_t turn_;
};

/// The host names of one shard: the only place where names become addresses for its users. One
/// lookup of a name at a time, the others wait for it. Belongs to the shard's thread.
///
/// An answer is kept for a second, a failure is not. When no connection to a kept answer's
/// addresses succeeds, the name is looked up again before that second is over, at most once a
/// second: so a name is never looked up more than twice a second, whatever the number of users.
class ShardResolver {
 public:
  using AnswerPtr = std::shared_ptr<Answer>;
  /// Called on the scheduler's own stack.
  using Found = std::function<void(const AnswerPtr& answer)>;

  static constexpr std::chrono::seconds kKept{1};

  /// @param resolver outlives the lookups that it was asked for
  /// @param first_turn which address the first connection begins with: differs between shards
  explicit ShardResolver(coro::Scheduler& scheduler, Resolver& resolver = Resolver::process(),
                         std::size_t first_turn = 0);
  ShardResolver(const ShardResolver&) = delete;
  ShardResolver& operator=(const ShardResolver&) = delete;

  /// The answer that is kept; null: there is none that counts, see look_up().
  [[nodiscard]] AnswerPtr kept(std::string_view host) const;
  /// Starts a lookup unless one is under way. `found` is called when it is over.
  void look_up(const std::string& host, Found found);

  /// For a coroutine: what `host` means, at once if it is an address or its answer is kept.
  /// Suspends otherwise. Null: not known by `deadline`, or the caller can't wait because an
  /// exception unwinds it. Throws StopUser.
  [[nodiscard]] AnswerPtr find(const std::string& host,
                               coro::TimePoint deadline = coro::TimePoint::max());

  /// No connection that began at `began` could be made to the addresses of `failed`. True if they
  /// may be outdated: there is a newer answer, or a lookup that may give one is to be made now.
  /// Then ask again, once.
  [[nodiscard]] bool may_be_outdated(std::string_view host, const AnswerPtr& failed,
                                     coro::TimePoint began);
  /// The same for a coroutine: an answer with other addresses than `failed`, or null. Suspends like
  /// find().
  [[nodiscard]] AnswerPtr find_other(const std::string& host, const AnswerPtr& failed,
                                     coro::TimePoint began,
                                     coro::TimePoint deadline = coro::TimePoint::max());

 private:
  struct Name {
    AnswerPtr answer;
    bool doubted = false;  // a connection has failed: the answer counts no more
    coro::TimePoint doubted_at = coro::TimePoint::min();
    bool under_way = false;  // a lookup
    std::list<Found> waiting;
  };

  AnswerPtr wait(const std::string& host, coro::TimePoint deadline);
  void finish(const std::string& host, LookupResult result);

  coro::Scheduler& scheduler_;
  Resolver& resolver_;
  const std::size_t first_turn_;
  std::map<std::string, Name, std::less<>> names_;
  const std::shared_ptr<ShardResolver*> self_;  // for lookups that end later
};

}  // namespace cppworker::net
