#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "http/name_resolver.hpp"

namespace cppworker::http {

/// The host names of one shard: one lookup per name at a time, results are kept for a while.
/// Belongs to the shard's thread.
class NameCache {
 public:
  static constexpr std::chrono::seconds kTtl{60};

  /// Starts a lookup; the result has to come back by finish(), on the shard's thread.
  using Start = std::function<void(const std::string& host)>;
  explicit NameCache(Start start) : start_(std::move(start)) {}

  struct Name {
    std::vector<std::string> addresses;  ///< empty: not known yet
    std::uint32_t version = 0;           ///< changes with the addresses
    /// For which ports libcurl has been given which version.
    std::map<std::uint16_t, std::uint32_t> handed_over;

   private:
    friend class NameCache;
    coro::TimePoint fetched_{};
    bool pending_ = false;
  };

  /// The name's addresses, or nullptr while they are being looked up: wait for finish(). Known ones
  /// that are older than the TTL (up to twice) are renewed in the background, so that nobody waits
  /// for a name that is in use.
  [[nodiscard]] Name* find(std::string_view host, coro::TimePoint now);

  /// The lookup of `host` is over. A failure is not kept; it is the answer to those who wait now.
  void finish(std::string_view host, const NameResult& result, coro::TimePoint now);

 private:
  void start(const std::string& host, Name& name);

  Start start_;
  std::map<std::string, Name, std::less<>> names_;
};

}  // namespace cppworker::http
