#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "http/fast/connection.hpp"
#include "http/fast/deadline.hpp"
#include "http/fast/fast_engine.hpp"
#include "http/fast/io_result.hpp"
#include "http/url/url.hpp"
#include "net/shard_resolver.hpp"
#include "net/socket_address.hpp"

namespace cppworker::http::fast {

/// The connections of one user, up to `concurrency` for each origin. The last used one is used
/// first.
class ConnectionPool {
 public:
  struct Settings {
    std::size_t concurrency = 10;  ///< connections to one origin; further requests wait
    std::string proxy_host{};
    std::uint16_t proxy_port = 0;
  };

  /// @param engine outlives it
  ConnectionPool(FastEngine& engine, Settings settings);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  [[nodiscard]] const Settings& settings() const { return settings_; }

  struct Target {
    const Url& url;
    const Verify& verify;
    std::optional<coro::Duration> connect_timeout;
  };

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
    IoResult acquire(const Target& target, Deadline& deadline);
    Connection* operator->() const { return connection_.get(); }
    /// The memory that keep() and end() use, to be prefetched. @pre acquire() was successful
    [[nodiscard]] std::span<const std::byte> bookkeeping() const;
    /// Returns the connection to the pool, for another request. @pre acquire() was successful
    void keep();
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
  IoResult connect(Origin& origin, const Target& target, Deadline& deadline,
                   std::unique_ptr<Connection>& connection);
  IoResult connect(Origin& origin, net::Answer& answer, const Target& target, Deadline& deadline,
                   std::unique_ptr<Connection>& connection);
  IoResult open(Origin& origin, const Target& target, const net::SocketAddress& address,
                Deadline& deadline, std::unique_ptr<Connection>& connection);
  IoResult open_tunnel(const Url& url, Connection& connection, Deadline& deadline) const;

  FastEngine& engine_;
  const Settings settings_;
  std::vector<std::unique_ptr<Origin>> origins_;
};

}  // namespace cppworker::http::fast
