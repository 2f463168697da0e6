#include "net/dial.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <netdb.h>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "net/tls_failure_text.hpp"

namespace cppworker::net {

namespace {

using Cause = Failure::Cause;

struct Connected {
  std::unique_ptr<Connection> connection{};  // null: see `failure`
  Failure failure{};
};

/// Connections to the addresses of one host that are being established.
class Attempts {
 public:
  explicit Attempts(Deadline& deadline) : deadline_(deadline) {}

  /// Begins with the next address when those before have failed or have not answered within
  /// kHeadStart.
  Connected connect(const std::vector<SocketAddress>& addresses) {
    for (std::size_t next = 0; next < addresses.size() || !pending_.empty();) {
      coro::TimePoint until = deadline_.time();
      if (next < addresses.size()) {
        begin(addresses[next++]);
      }
      if (next < addresses.size()) {
        until = std::min<coro::TimePoint>(until, deadline_.scheduler().turn_time() + kHeadStart);
      }
      if (Connected connected = wait(until); connected.connection || connected.failure) {
        return connected;
      }
    }
    return {.failure = failure_};
  }

 private:
  void begin(const SocketAddress& address) {
    auto connection = std::make_unique<Connection>();
    if (const Failure failure = connection->begin_open(address)) {
      failure_ = failure;
    } else {
      pending_.push_back(std::move(connection));
    }
  }

  /// Returns nothing when all have failed or the next address is due.
  Connected wait(coro::TimePoint until) {
    for (;;) {
      if (auto connection = take_established()) {
        return {.connection = std::move(connection)};
      }
      if (pending_.empty()) {
        return {};
      }
      if (deadline_.passed()) {
        return {.failure = {.cause = Cause::kTimedOut}};
      }
      if (deadline_.scheduler().turn_time() >= until) {
        return {};
      }
      for (const auto& connection : pending_) {
        connection->set_writable_waiter(&deadline_.self());
      }
      if (!coro::this_coroutine::suspend(until)) {
        return {.failure = {.cause = Cause::kStopped}};
      }
    }
  }

  /// Null: none is. Closes those that have failed.
  std::unique_ptr<Connection> take_established() {
    for (std::size_t i = 0; i < pending_.size();) {
      if (!pending_[i]->is_writable()) {
        ++i;
        continue;
      }
      auto connection = std::move(pending_[i]);
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
      connection->set_writable_waiter(nullptr);
      const Failure failure = connection->finish_open();
      if (!failure) {
        return connection;
      }
      failure_ = failure;
    }
    return nullptr;
  }

  Deadline& deadline_;
  std::vector<std::unique_ptr<Connection>> pending_;
  Failure failure_{};  // of the last address that has failed
};

Connected connect_to(Answer& answer, std::uint16_t port, Deadline& deadline) {
  std::vector<SocketAddress> addresses = answer.for_connection(port);
  alternate_families(addresses);
  return Attempts(deadline).connect(addresses);
}

Failure look_up(ShardResolver& names, const std::string& host, const Deadline& deadline,
                ShardResolver::AnswerPtr& answer) {
  answer = names.find(host, deadline.time());
  if (answer == nullptr) {
    return {.cause = deadline.passed() ? Cause::kTimedOut : Cause::kStopped};
  }
  if (answer->gai_error() != 0) {
    return {.cause = Cause::kNoAddress, .number = answer->gai_error()};
  }
  return {};
}

}  // namespace

Failure start_tls(TlsContexts& tls_contexts, const Destination& destination, Connection& connection,
                  Deadline& deadline) {
  const Tls& tls = *destination.tls;
  SSL_CTX* context = nullptr;
  coro::on_loop_stack([&] { context = &tls_contexts.get(tls.verify); });
  const std::string host = certificate_host(destination);
  return connection.start_tls(*context, {.host = host, .verify = tls.verify.enabled}, nullptr,
                              {.cert = tls.cert ? &*tls.cert : nullptr, .alpn = tls.alpn},
                              deadline);
}

Dialed dial(ShardResolver& names, TlsContexts& tls_contexts, const Destination& destination,
            coro::TimePoint time) {
  coro::Coroutine& self = coro::this_coroutine::self("dial");
  coro::Scheduler& scheduler = *coro::Scheduler::current();
  Deadline deadline(scheduler, self, time);
  const coro::TimePoint began = scheduler.turn_time();
  const std::string& host = destination.host;
  ShardResolver::AnswerPtr answer;
  if (const Failure failure = look_up(names, host, deadline, answer)) {
    return {.failure = failure, .step = DialStep::kLookup};
  }
  Connected connected = connect_to(*answer, destination.port, deadline);
  if (connected.failure && connected.failure.cause != Cause::kStopped) {
    if (const auto other = names.find_other(host, answer, began, deadline.time())) {
      connected = connect_to(*other, destination.port, deadline);
    }
  }
  Dialed dialed{.connection = std::move(connected.connection),
                .failure = connected.failure,
                .step = DialStep::kConnect};
  if (!dialed.failure && destination.tls != nullptr) {
    dialed.step = DialStep::kTlsHandshake;
    dialed.failure = start_tls(tls_contexts, destination, *dialed.connection, deadline);
    if (dialed.failure) {
      dialed.connection.reset();
    } else {
      dialed.alpn_protocol = dialed.connection->alpn_protocol();
    }
  }
  return dialed;
}

std::string certificate_host(const Destination& destination) {
  DCHECK(destination.tls != nullptr);
  std::string name = destination.tls->server_hostname.empty() ? destination.host
                                                              : destination.tls->server_hostname;
  if (!name.starts_with('[')) {  // an address may have a zone: "fe80::1%eth0"
    name.resize(std::min(name.find('%'), name.size()));
  }
  return name;
}

std::string failure_text(const Failure& failure, std::string_view host) {
  switch (failure.cause) {
    case Cause::kNone:
      return {};
    case Cause::kStopped:
      return "the user is being stopped";
    case Cause::kNoAddress:
      return ::gai_strerror(failure.number);
    case Cause::kSystemError:
      return std::generic_category().message(failure.number);
    case Cause::kTimedOut:
      return "timed out";
    case Cause::kClosed:
      return "closed by the other side";
    case Cause::kOutOfMemory:
      return std::generic_category().message(ENOMEM);
    case Cause::kTls:
      break;
  }
  std::string text;
  coro::on_loop_stack([&] { text = tls_failure_text(failure.tls, host); });
  return text;
}

std::string handshake_failure_text(const Failure& failure, std::string_view host) {
  return failure.cause == Cause::kClosed ? tls_closed_text() : failure_text(failure, host);
}

std::string failure_text(const Dialed& dialed, const Destination& destination) {
  const std::string text =
      dialed.step == DialStep::kTlsHandshake
          ? handshake_failure_text(dialed.failure, certificate_host(destination))
          : failure_text(dialed.failure, "");
  return dialed.step == DialStep::kLookup ? "looking up " + destination.host + ": " + text
                                          : "connecting to " + destination.host + ":" +
                                                std::to_string(destination.port) + ": " + text;
}

}  // namespace cppworker::net
