#include "mqtt/farewell.hpp"

#include <chrono>
#include <list>
#include <string_view>
#include <utility>

#include <sys/socket.h>

#include <cppworker/shard_local.hpp>

#include "coro/timers.hpp"
#include "net/sink.hpp"
#include "user/shard.hpp"

namespace cppworker::mqtt {

namespace {

constexpr std::chrono::seconds kFarewell{2};

/// One connection that ends.
class Farewell final : private net::Sink {
 public:
  using List = std::list<std::unique_ptr<Farewell>>;

  Farewell(detail::Shard& shard, List& list, std::unique_ptr<net::Connection> connection)
      : list_(list),
        connection_(std::move(connection)),
        timer_(
            shard.scheduler, [](void* self) { static_cast<Farewell*>(self)->end(); }, this) {
    connection_->set_sink(*this);
    connection_->send_end();
    if (connection_->unsent() == 0) {
      ::shutdown(connection_->fd(), SHUT_WR);
    }
    timer_.arm(shard.scheduler.clock().now() + kFarewell);
  }

 private:
  void on_bytes(std::string_view /*bytes*/) override {}
  void on_end(const net::Failure& /*failure*/) override { end(); }
  void end() {
    list_.remove_if([this](const auto& entry) { return entry.get() == this; });  // deletes this
  }

  List& list_;
  std::unique_ptr<net::Connection> connection_;
  coro::Timer timer_;
};

// NOLINTNEXTLINE(cert-err58-cpp): it does not throw
ShardLocal<Farewell::List> farewells;

}  // namespace

void say_farewell(std::unique_ptr<net::Connection> connection) {
  if (!connection->is_open()) {
    return;
  }
  detail::Shard& shard = *detail::Shard::current();
  Farewell::List& list = *farewells;
  list.push_front(nullptr);
  list.front() = std::make_unique<Farewell>(shard, list, std::move(connection));
}

}  // namespace cppworker::mqtt
