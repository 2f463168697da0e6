#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <cppworker/http_options.hpp>

#include "coro/clock.hpp"
#include "http/own/connection.hpp"
#include "http/own/own_engine.hpp"
#include "http/phase_timer.hpp"
#include "http/url/url.hpp"
#include "net/shard_resolver.hpp"
#include "net/socket_address.hpp"

namespace cppworker::http::own {

/// An HTTP proxy.
struct Proxy {
  std::string host{};
  std::uint16_t port = 0;
  std::string authorization{};  ///< value of Proxy-Authorization; "": none
  bool operator==(const Proxy&) const = default;
};

/// Where a request goes, and how. A connection is used again only for the same.
struct Target {
  const Url& url;
  const Verify& verify;
  const Cert& cert;
  const Proxy* proxy;  ///< null: none
  std::optional<coro::Duration> connect_timeout;
  PhaseTimer* phases;  ///< of the request; null: not measured
};

/// The connections of one user. The last used one is used first. An origin is a scheme, host and
/// port with the settings of its connections (see Target).
class ConnectionPool {
 public:
  struct Settings {
    /// Connections to one origin; further requests wait. As geventhttpclient.
    std::size_t concurrency = std::numeric_limits<std::size_t>::max();
    /// Idle connections to one origin; further ones are closed. As urllib3's pool_maxsize.
    std::size_t idle_max = std::numeric_limits<std::size_t>::max();
    /// Origins; another one replaces the one that was not used for the longest time. As urllib3's
    /// num_pools.
    std::size_t origins_max = std::numeric_limits<std::size_t>::max();
    /// If a name has several addresses and none can be reached, the last failure counts, not the
    /// first one. As urllib3.
    bool last_failure_counts = false;
    /// A connection that the server has closed is noticed even if the user sends its next request
    /// before the loop turns. As urllib3, which looks at the socket before each request.
    /// geventhttpclient does not, but repeats requests.
    bool checks_idle = false;
  };

  /// @param engine outlives it
  ConnectionPool(OwnEngine& engine, Settings settings);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  [[nodiscard]] const Settings& settings() const { return settings_; }
  /// The address of the newest connection, or attempt, for URLs of this origin; "": there is none.
  [[nodiscard]] std::string last_address(const Url& url) const;

 private:
  struct Origin;

 public:
  /// The use of one connection by one coroutine. The connection is closed at the end, unless keep()
  /// was called.
  class Lease {
   public:
    explicit Lease(ConnectionPool& pool) : pool_(pool) {}
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease() { end(); }

    /// Takes an idle connection, or connects; waits if all are in use. To be called once.
    Failure acquire(const Target& target, Deadline& deadline);
    Connection* operator->() const { return connection_.get(); }
    /// The memory that keep() and end() use, to be prefetched. @pre acquire() was successful
    [[nodiscard]] std::span<const std::byte> bookkeeping() const;
    /// Returns the connection to the pool, for another request. @pre acquire() was successful
    void keep();
    /// Takes the connection out of the pool. @pre acquire() was successful
    [[nodiscard]] std::unique_ptr<net::Connection> take();
    void end();

   private:
    friend class ConnectionPool;
    ConnectionPool& pool_;
    Origin* origin_ = nullptr;
    std::unique_ptr<Connection> connection_;
  };

 private:
  Origin& origin(const Target& target);
  bool wait_for_turn(Origin& origin, Deadline& deadline);
  void end_turn(Origin& origin);
  Failure connect(Origin& origin, const Target& target, Deadline& deadline,
                  std::unique_ptr<Connection>& connection);
  Failure connect(Origin& origin, net::Answer& answer, const Target& target, Deadline& deadline,
                  std::unique_ptr<Connection>& connection);
  Failure open(Origin& origin, const Target& target, const net::SocketAddress& address,
               Deadline& deadline, std::unique_ptr<Connection>& connection);
  static Failure open_tunnel(const Target& target, Connection& connection, Deadline& deadline);

  OwnEngine& engine_;
  const Settings settings_;
  std::vector<std::unique_ptr<Origin>> origins_;
};

}  // namespace cppworker::http::own
