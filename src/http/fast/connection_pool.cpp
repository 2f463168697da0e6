#include "http/fast/connection_pool.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"
#include "http/failure_text.hpp"
#include "text/utf8.hpp"

namespace cppworker::http::fast {

namespace {

constexpr std::size_t kTunnelHeadMax = std::size_t{16} * 1024;

}  // namespace

struct ConnectionPool::Origin {
  std::string host;
  std::uint16_t port;
  bool https;
  bool verify;
  std::size_t in_use = 0;
  std::vector<std::unique_ptr<Connection>> idle{};
  std::vector<coro::Coroutine*> waiting{};
  net::TlsSession session{};  // of the last connection that was closed

  void remember_session(const Connection& connection) {
    if (net::TlsSession last = connection.tls_session()) {
      session = std::move(last);
    }
  }
};

ConnectionPool::ConnectionPool(FastEngine& engine, Settings settings)
    : engine_(engine), settings_(std::move(settings)) {}

ConnectionPool::~ConnectionPool() = default;

ConnectionPool::Origin& ConnectionPool::origin(const Target& target) {
  const Url& url = target.url;
  for (const auto& known : origins_) {
    if (known->port == url.port() && known->https == url.https() && known->host == url.host() &&
        known->verify == target.verify.enabled) {
      return *known;
    }
  }
  origins_.push_back(std::make_unique<Origin>(Origin{.host = std::string(url.host()),
                                                     .port = url.port(),
                                                     .https = url.https(),
                                                     .verify = target.verify.enabled}));
  return *origins_.back();
}

bool ConnectionPool::wait_for_turn(Origin& origin, Deadline& deadline) {
  if (origin.in_use < settings_.concurrency) {
    ++origin.in_use;
    return true;
  }
  class Entry {  // a stopped coroutine leaves the queue, or passes its turn to the next one
   public:
    Entry(ConnectionPool& pool, Origin& origin_, coro::Coroutine& self)
        : pool_(pool), of_(origin_), self_(self) {
      of_.waiting.push_back(&self);
    }
    ~Entry() {
      if (std::erase(of_.waiting, &self_) == 0 && !taken_) {
        pool_.end_turn(of_);
      }
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    [[nodiscard]] bool has_turn() const { return std::ranges::count(of_.waiting, &self_) == 0; }
    void take() { taken_ = true; }

   private:
    ConnectionPool& pool_;
    Origin& of_;
    coro::Coroutine& self_;
    bool taken_ = false;
  };
  Entry entry(*this, origin, deadline.self());
  while (!entry.has_turn()) {
    if (!coro::this_coroutine::suspend()) {
      return false;
    }
  }
  entry.take();
  return true;
}

/// The coroutine that has waited longest is next.
void ConnectionPool::end_turn(Origin& origin) {
  DCHECK(origin.in_use != 0 && origin.in_use <= settings_.concurrency);
  if (origin.waiting.empty()) {
    --origin.in_use;
    return;
  }
  coro::Coroutine* const next = origin.waiting.front();
  origin.waiting.erase(origin.waiting.begin());
  next->resume();
}

ConnectionPool::Lease::Lease(Lease&& other) noexcept
    : pool_(other.pool_),
      origin_(std::exchange(other.origin_, nullptr)),
      connection_(std::move(other.connection_)) {}

IoResult ConnectionPool::Lease::acquire(const Target& target, Deadline& deadline) {
  DCHECK(origin_ == nullptr);
  Origin& origin = pool_.origin(target);
  if (!pool_.wait_for_turn(origin, deadline)) {
    return {.kind = IoResult::Kind::kStopped};
  }
  origin_ = &origin;
  while (!origin.idle.empty()) {
    connection_ = std::move(origin.idle.back());
    origin.idle.pop_back();
    if (connection_->usable()) {
      return {};
    }
    origin.remember_session(*connection_);
    connection_.reset();
  }
  return pool_.connect(origin, target, deadline, connection_);
}

std::span<const std::byte> ConnectionPool::Lease::bookkeeping() const {
  DCHECK(origin_ != nullptr);
  return std::as_bytes(std::span(origin_, 1));
}

void ConnectionPool::Lease::keep() {
  DCHECK(origin_ != nullptr && connection_ != nullptr);
  connection_->set_idle();
  origin_->idle.push_back(std::move(connection_));
  end();
}

void ConnectionPool::Lease::end() {
  if (origin_ == nullptr) {
    return;
  }
  if (connection_ != nullptr) {
    origin_->remember_session(*connection_);
    connection_.reset();
  }
  pool_.end_turn(*std::exchange(origin_, nullptr));
}

/// Connects to the addresses of the name. If that fails, they may be outdated; then the name is
/// looked up again before the failure counts. Python looks names up for each connection.
IoResult ConnectionPool::connect(Origin& origin, const Target& target, Deadline& deadline,
                                 std::unique_ptr<Connection>& connection) {
  net::ShardResolver& names = engine_.names();
  const std::string& host = settings_.proxy_host.empty() ? origin.host : settings_.proxy_host;
  const coro::TimePoint began = engine_.scheduler().turn_time();
  const auto answer = names.find(host);
  if (answer == nullptr) {
    return {.kind = IoResult::Kind::kStopped};
  }
  if (answer->gai_error() != 0) {
    return IoResult::failed(name_error_text(answer->gai_error()));
  }
  IoResult result = connect(origin, *answer, target, deadline, connection);
  if (connection == nullptr && result.kind == IoResult::Kind::kOsError) {
    if (const auto other = names.find_other(host, answer, began)) {
      return connect(origin, *other, target, deadline, connection);
    }
  } else if (connection == nullptr && result.kind == IoResult::Kind::kTimedOut) {
    static_cast<void>(
        names.may_be_outdated(host, answer, began));  // so that the next connection looks it up
  }
  return result;
}

/// Tries one address after the other, as Python does. The first error counts.
IoResult ConnectionPool::connect(Origin& origin, net::Answer& answer, const Target& target,
                                 Deadline& deadline, std::unique_ptr<Connection>& connection) {
  IoResult first{.kind = IoResult::Kind::kStopped};
  const std::uint16_t port = settings_.proxy_host.empty() ? origin.port : settings_.proxy_port;
  for (const net::SocketAddress& address : answer.for_connection(port)) {
    connection = std::make_unique<Connection>(engine_);
    deadline.restart(target.connect_timeout);
    IoResult result = open(origin, target, address, deadline, connection);
    if (result.done()) {
      return result;
    }
    connection.reset();
    const bool stopped = result.kind == IoResult::Kind::kStopped;
    if (first.kind == IoResult::Kind::kStopped) {
      first = std::move(result);
    }
    if (stopped) {
      break;
    }
  }
  return first;
}

IoResult ConnectionPool::open(Origin& origin, const Target& target,
                              const net::SocketAddress& address, Deadline& deadline,
                              std::unique_ptr<Connection>& connection) {
  const bool proxied = !settings_.proxy_host.empty();
  IoResult result = connection->open(address, deadline);
  if (!result.done() || !origin.https) {
    return result;
  }
  if (proxied) {
    result = open_tunnel(target.url, *connection, deadline);
    if (!result.done()) {
      return result;
    }
  }
  SSL_CTX* context = nullptr;
  coro::this_coroutine::run_on_loop_stack([&] {
    context = &engine_.tls_context(
        {.verify = origin.verify, .ca_path = origin.verify ? target.verify.ca_path : ""});
  });
  return connection->start_tls(*context, {.host = origin.host, .verify = origin.verify},
                               origin.session.get(), deadline);
}

IoResult ConnectionPool::open_tunnel(const Url& url, Connection& connection,
                                     Deadline& deadline) const {
  const std::string to = fmt::format("{}:{}", url.host(), url.port());
  IoResult result =
      connection.send(fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n\r\n", to, to), {}, deadline);
  std::string head;
  while (result.done() && head.find("\r\n\r\n") == std::string::npos) {
    std::string_view bytes;
    result = connection.receive(bytes, deadline);
    head += bytes;
    if (result.kind == IoResult::Kind::kClosed || head.size() > kTunnelHeadMax) {
      return IoResult::failed(exception_text(
          "RuntimeError", "Proxy closed the connection before answering the CONNECT request"));
    }
  }
  if (!result.done()) {
    return result;
  }
  const std::string line = head.substr(0, head.find("\r\n"));
  const std::size_t code = std::min(line.find(' '), line.size());
  if (line.substr(code, 4) != " 200") {
    return IoResult::failed(exception_text(
        "RuntimeError",
        "Proxy CONNECT failed: " + latin1_to_utf8(line) +
            (line.substr(code, 4) == " 407" ? " (proxy authentication required?)" : "")));
  }
  return result;
}

}  // namespace cppworker::http::fast
