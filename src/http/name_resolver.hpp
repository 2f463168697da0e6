#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cppworker::http {

/// What a lookup of a host name gave.
struct NameResult {
  int gai_error = 0;                   ///< EAI_…; 0: found
  std::vector<std::string> addresses;  ///< numeric, in the order to try; IPv6 in brackets
};

/// getaddrinfo() for stream sockets, blocking; in Python's order.
[[nodiscard]] NameResult look_up(const std::string& host);

/// Runs blocking lookups on a few threads of its own, started when they are needed.
class NameResolver {
 public:
  using Lookup = std::function<NameResult(const std::string& host)>;
  /// Called on a resolver's thread; not any more once the resolver has been destroyed.
  using Done = std::function<void(const std::string& host, NameResult result)>;

  explicit NameResolver(Lookup lookup = look_up);
  /// Doesn't wait for lookups that are under way: their results are dropped.
  ~NameResolver();
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;

  /// Any thread. At most kThreadsMax names at a time, the others wait.
  void resolve(std::string host, Done done);

  static constexpr std::size_t kThreadsMax = 4;

 private:
  struct Shared;
  static void serve(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
};

}  // namespace cppworker::http
