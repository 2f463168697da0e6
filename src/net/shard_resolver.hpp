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

/// The result of a lookup of a host name. Only for the shard's thread.
class Answer {
 public:
  Answer(LookupResult result, coro::TimePoint found_at, std::size_t turn);

  /// EAI_…; 0: there are addresses.
  [[nodiscard]] int gai_error() const { return result_.gai_error; }
  /// The addresses without a port, in the order of the lookup.
  [[nodiscard]] const std::vector<SocketAddress>& addresses() const { return result_.addresses; }
  [[nodiscard]] coro::TimePoint found_at() const { return found_at_; }
  /// True if both have the same addresses, in any order.
  [[nodiscard]] bool has_addresses_of(const Answer& other) const;

  /// The addresses in the order in which the next connection tries them. Each connection begins
  /// with the address after the first one of the previous connection. The order of the families
  /// stays.
  [[nodiscard]] std::vector<SocketAddress> for_connection(std::uint16_t port);

 private:
  friend class ShardResolver;

  LookupResult result_;
  coro::TimePoint found_at_;
  std::size_t turn_;
};

/// Looks up host names for the users of one shard. For each name it runs one lookup at a time;
/// other callers wait for it. Only for the shard's thread.
///
/// An answer is cached for a second; a failure is not cached. If no connection to the cached
/// addresses succeeds, the name is looked up again before the second is over, at most once a
/// second. So a name is looked up at most twice a second, for any number of users.
class ShardResolver {
 public:
  using AnswerPtr = std::shared_ptr<Answer>;
  /// Called on the scheduler's own stack.
  using Found = std::function<void(const AnswerPtr& answer)>;

  static constexpr std::chrono::seconds kKept{1};

  /// @param resolver must outlive the lookups
  /// @param first_turn the index of the address with which the first connection begins; differs
  ///   between shards
  explicit ShardResolver(coro::Scheduler& scheduler, Resolver& resolver = Resolver::process(),
                         std::size_t first_turn = 0);
  ShardResolver(const ShardResolver&) = delete;
  ShardResolver& operator=(const ShardResolver&) = delete;

  /// The cached answer; null if there is no valid one (see look_up()).
  [[nodiscard]] AnswerPtr kept(std::string_view host) const;
  /// Starts a lookup unless one is running. `found` is called at its end.
  void look_up(const std::string& host, Found found);

  /// For a coroutine: the addresses of `host`. Returns at once if `host` is an address or the
  /// answer is cached, and suspends otherwise. Null if there is no answer by `deadline`, or if the
  /// caller can't wait because an exception is unwinding its stack. Throws StopUser.
  [[nodiscard]] AnswerPtr find(const std::string& host,
                               coro::TimePoint deadline = coro::TimePoint::max());

  /// Call it if a connection attempt that began at `began` has failed for all addresses of
  /// `failed`. True if they may be outdated: there is a newer answer, or a new lookup is allowed
  /// now. In that case look up the name again, once.
  [[nodiscard]] bool may_be_outdated(std::string_view host, const AnswerPtr& failed,
                                     coro::TimePoint began);
  /// Like the above, for a coroutine: returns an answer with other addresses than `failed`, or
  /// null. Suspends like find().
  [[nodiscard]] AnswerPtr find_other(const std::string& host, const AnswerPtr& failed,
                                     coro::TimePoint began,
                                     coro::TimePoint deadline = coro::TimePoint::max());

 private:
  struct Name {
    AnswerPtr answer;
    bool doubted = false;  // a connection has failed: the answer is no longer valid
    coro::TimePoint doubted_at = coro::TimePoint::min();
    bool under_way = false;  // a lookup is running
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
