#include "http/own/connection_pool.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"

namespace cppworker::http::own {

namespace {

using Cause = Failure::Cause;
using Phase = Failure::Phase;

constexpr std::size_t kTunnelHeadMax = std::size_t{16} * 1024;

}  // namespace

struct ConnectionPool::Origin {
  std::string host;
  std::uint16_t port;
  struct Tls {
    Verify verify;
    Cert cert;
  };
  std::unique_ptr<const Tls> tls;      // null: http
  std::unique_ptr<const Proxy> proxy;  // null: none
  std::size_t in_use = 0;
  std::vector<std::unique_ptr<Connection>> idle{};
  std::vector<coro::Coroutine*> waiting{};
  net::TlsSession session{};                    // of the last connection that was closed
  std::optional<net::SocketAddress> address{};  // of the newest connection

  [[nodiscard]] bool is_for(const Target& target) const {
    const Url& url = target.url;
    return port == url.port() && (tls != nullptr) == url.https() && host == url.host() &&
           (tls == nullptr || (tls->verify == target.verify && tls->cert == target.cert)) &&
           (target.proxy == nullptr ? proxy == nullptr : proxy && *proxy == *target.proxy);
  }
  void remember_session(const Connection& connection) {
    if (net::TlsSession last = connection.tls_session()) {
      session = std::move(last);
    }
  }
};

ConnectionPool::ConnectionPool(OwnEngine& engine, Settings settings)
    : engine_(engine), settings_(settings) {}

ConnectionPool::~ConnectionPool() = default;

std::string ConnectionPool::last_address(const Url& url) const {
  for (const auto& origin : origins_) {  // the last used one is the first
    if (origin->port == url.port() && (origin->tls != nullptr) == url.https() &&
        origin->host == url.host()) {
      return origin->address ? origin->address->text() : std::string();
    }
  }
  return {};
}

/// The last used one is the first.
ConnectionPool::Origin& ConnectionPool::origin(const Target& target) {
  const auto known = std::ranges::find_if(
      origins_, [&target](const auto& origin) { return origin->is_for(target); });
  if (known != origins_.end()) {
    std::rotate(origins_.begin(), known, known + 1);
    return *origins_.front();
  }
  if (origins_.size() >= settings_.origins_max) {
    const auto unused = std::find_if(origins_.rbegin(), origins_.rend(), [](const auto& origin) {
      return origin->in_use == 0 && origin->waiting.empty();
    });
    if (unused != origins_.rend()) {
      coro::on_loop_stack([&] { origins_.erase(std::next(unused).base()); });
    }
  }
  const Url& url = target.url;
  auto made = std::make_unique<Origin>(Origin{
      .host = std::string(url.host()), .port = url.port(), .tls = nullptr, .proxy = nullptr});
  if (url.https()) {
    made->tls = std::make_unique<Origin::Tls>(Origin::Tls{target.verify, target.cert});
  }
  if (target.proxy != nullptr) {
    made->proxy = std::make_unique<Proxy>(*target.proxy);
  }
  origins_.insert(origins_.begin(), std::move(made));
  return *origins_.front();
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

Failure ConnectionPool::Lease::acquire(const Target& target, Deadline& deadline) {
  DCHECK(origin_ == nullptr);
  Origin& origin = pool_.origin(target);
  if (!pool_.wait_for_turn(origin, deadline)) {
    return {.cause = Failure::Cause::kStopped};
  }
  origin_ = &origin;
  while (!origin.idle.empty()) {
    connection_ = std::move(origin.idle.back());
    origin.idle.pop_back();
    if (connection_->usable(pool_.engine_.scheduler(), pool_.settings_.checks_idle)) {
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
  if (connection_->may_be_reused() && origin_->idle.size() < pool_.settings_.idle_max) {
    connection_->set_idle(pool_.engine_.scheduler());
    origin_->idle.push_back(std::move(connection_));
  }
  end();
}

std::unique_ptr<net::Connection> ConnectionPool::Lease::take() {
  DCHECK(origin_ != nullptr && connection_ != nullptr);
  std::unique_ptr<net::Connection> taken = std::move(connection_);
  end();
  return taken;
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
Failure ConnectionPool::connect(Origin& origin, const Target& target, Deadline& deadline,
                                std::unique_ptr<Connection>& connection) {
  net::ShardResolver& names = engine_.names();
  const std::string& host = target.proxy == nullptr ? origin.host : target.proxy->host;
  const coro::TimePoint began = engine_.scheduler().turn_time();
  const auto find = [&] {
    if (target.phases != nullptr && names.kept(host) == nullptr &&
        !net::SocketAddress::parse(host)) {
      target.phases->enter(stats::Phase::kDns);
    }
    return names.find(host);
  };
  const auto answer = find();
  if (answer == nullptr) {
    return {.cause = Cause::kStopped};
  }
  if (answer->gai_error() != 0) {
    return {.cause = Cause::kNoAddress, .phase = Phase::kConnect, .number = answer->gai_error()};
  }
  Failure failure = connect(origin, *answer, target, deadline, connection);
  if (failure.phase != Phase::kConnect) {
    return failure;
  }
  if (failure.cause == Cause::kSystemError) {
    if (!names.may_be_outdated(host, answer, began)) return failure;
    const auto other = find();
    if (other != nullptr && other->gai_error() == 0 && !other->has_addresses_of(*answer)) {
      return connect(origin, *other, target, deadline, connection);
    }
  } else if (failure.cause == Cause::kTimedOut) {
    static_cast<void>(
        names.may_be_outdated(host, answer, began));  // so that the next connection looks it up
  }
  return failure;
}

/// Tries one address after the other, as Python does.
Failure ConnectionPool::connect(Origin& origin, net::Answer& answer, const Target& target,
                                Deadline& deadline, std::unique_ptr<Connection>& connection) {
  Failure counts{.cause = Cause::kStopped};
  const std::uint16_t port = target.proxy == nullptr ? origin.port : target.proxy->port;
  for (const net::SocketAddress& address : answer.for_connection(port)) {
    connection = std::make_unique<Connection>();
    deadline.restart(target.connect_timeout);
    origin.address = address;
    Failure failure = open(origin, target, address, deadline, connection);
    if (!failure) {
      return failure;
    }
    connection.reset();
    const bool tries_next = failure.cause != Cause::kStopped && failure.phase == Phase::kConnect;
    if (counts.cause == Cause::kStopped || settings_.last_failure_counts || !tries_next) {
      counts = std::move(failure);
    }
    if (!tries_next) {
      break;
    }
  }
  return counts;
}

Failure ConnectionPool::open(Origin& origin, const Target& target,
                             const net::SocketAddress& address, Deadline& deadline,
                             std::unique_ptr<Connection>& connection) {
  PhaseTimer* const phases = target.phases;
  if (phases != nullptr) phases->enter(stats::Phase::kConnect);
  Failure failure = connection->open(address, deadline);
  if (phases != nullptr && !failure) phases->add_connection();
  if (failure || origin.tls == nullptr) {
    return failure;
  }
  if (target.proxy != nullptr) {
    failure = open_tunnel(target, *connection, deadline);
    if (failure) {
      failure.phase = Phase::kTunnel;
      return failure;
    }
  }
  if (phases != nullptr) phases->leave();  // the files of a new context are our own work
  SSL_CTX* context = nullptr;
  coro::this_coroutine::run_on_loop_stack(
      [&] { context = &engine_.tls_contexts().get(origin.tls->verify, origin.tls->cert); });
  if (phases != nullptr) phases->enter(stats::Phase::kTls);
  return connection->start_tls(*context,
                               {.host = origin.host, .verify = origin.tls->verify.enabled},
                               origin.session.get(), deadline);
}

Failure ConnectionPool::open_tunnel(const Target& target, Connection& connection,
                                    Deadline& deadline) {
  const std::string to = fmt::format("{}:{}", target.url.host(), target.url.port());
  std::string request = fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n", to, to);
  if (!target.proxy->authorization.empty()) {
    request.append("Proxy-Authorization: ").append(target.proxy->authorization).append("\r\n");
  }
  request += "\r\n";
  Upload upload(request, {});
  deadline.restart();
  Failure failure = connection.send(upload, deadline);
  std::string head;
  while (!failure && head.find("\r\n\r\n") == std::string::npos) {
    std::string_view bytes;
    deadline.restart();
    failure = connection.receive(bytes, deadline);
    head += bytes;
    if (head.size() > kTunnelHeadMax) {
      failure = {.cause = Cause::kClosed};
    }
  }
  if (failure) {
    return failure;
  }
  std::string line = head.substr(0, head.find("\r\n"));
  if (line.substr(std::min(line.find(' '), line.size()), 4) != " 200") {
    return Failure::with(Cause::kTunnelRefused, {.text = std::move(line)});
  }
  return {};
}

}  // namespace cppworker::http::own
