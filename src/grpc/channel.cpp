#include "grpc/channel.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <cppworker/shard_local.hpp>

#include "coro/scheduler.hpp"
#include "net/dial.hpp"

namespace cppworker::grpc {

namespace {

/// As in gRPC: a call without a timeout does not wait longer for a connection.
constexpr coro::Duration kConnectTimeout = std::chrono::seconds{20};

}  // namespace

Channel::Channel(detail::Shard& shard, Target target, const Tls& tls,
                 std::optional<http2::KeepaliveSettings> keepalive)
    : shard_(shard), target_(std::move(target)), tls_(tls), keepalive_(keepalive) {
  tls_.alpn = {"h2"};
}

bool Channel::is_to(const Target& target, const Tls& tls,
                    const std::optional<http2::KeepaliveSettings>& keepalive) const {
  return target_ == target && keepalive_ == keepalive && tls_.verify == tls.verify &&
         tls_.cert == tls.cert && tls_.server_hostname == tls.server_hostname;
}

Channel::Connected Channel::connect(coro::TimePoint deadline) {
  for (;;) {
    if (connection_ != nullptr && connection_->takes_requests()) {
      return {.connection = connection_};
    }
    connection_.reset();
    if (dial_ == nullptr) return dial(deadline);
    const std::shared_ptr<Dial> other = dial_;
    while (!other->has_ended) {
      if (shard_.scheduler.turn_time() >= deadline) return {.timed_out = true};
      if (!wait_for(*other, deadline)) return {.stopped = true};
    }
    if (other->failure.code != GrpcCode::kOk) return {.failure = other->failure};
  }
}

bool Channel::wait_for(Dial& dial, coro::TimePoint deadline) {
  coro::Coroutine& self = coro::this_coroutine::self("GrpcClient");
  struct Waiting {
    Dial& dial;
    coro::Coroutine& self;
    ~Waiting() { std::erase(dial.waiting, &self); }
  } const waiting{dial, self};
  dial.waiting.push_back(&self);
  return coro::this_coroutine::suspend(deadline);
}

Channel::Connected Channel::dial(coro::TimePoint deadline) {
  dial_ = std::make_shared<Dial>();
  struct End {  // also if the user is stopped
    Channel& channel;
    ~End() {
      const std::shared_ptr<Dial> ended = std::move(channel.dial_);
      channel.dial_ = nullptr;
      ended->has_ended = true;
      for (coro::Coroutine* const coroutine : ended->waiting) coroutine->resume();
    }
  } const end{*this};
  const net::Destination destination{
      .host = target_.host, .port = target_.port, .tls = target_.has_tls ? &tls_ : nullptr};
  const coro::TimePoint connect_deadline = shard_.scheduler.clock().now() + kConnectTimeout;
  net::Dialed dialed = net::dial(shard_.names, shard_.tls_contexts, destination,
                                 std::min(deadline, connect_deadline));
  using Cause = net::Failure::Cause;
  if (dialed.failure.cause == Cause::kStopped) return {.stopped = true};
  if (dialed.failure.cause == Cause::kTimedOut && deadline <= connect_deadline) {
    return {.timed_out = true};  // a call that waits may have a later deadline
  }
  std::string failure;
  if (dialed.connection == nullptr) {
    failure = net::failure_text(dialed, destination);
  } else if (target_.has_tls && dialed.alpn_protocol != "h2") {
    failure = "connecting to " + target_.authority + ": the server does not offer HTTP/2 (ALPN)";
  }
  if (!failure.empty()) {
    dial_->failure = {GrpcCode::kUnavailable, std::move(failure)};
    return {.failure = dial_->failure};
  }
  connection_ = std::make_shared<http2::Connection>(
      std::move(dialed.connection), target_.has_tls ? net::certificate_host(destination) : "");
  if (keepalive_) connection_->keep_alive(shard_.scheduler, *keepalive_);
  return {.connection = connection_};
}

std::shared_ptr<Channel> shared_channel(detail::Shard& shard, const Target& target, const Tls& tls,
                                        const std::optional<http2::KeepaliveSettings>& keepalive) {
  static const ShardLocal<std::vector<std::weak_ptr<Channel>>> of_shard;
  std::vector<std::weak_ptr<Channel>>& channels = *of_shard;
  std::erase_if(channels, [](const std::weak_ptr<Channel>& channel) { return channel.expired(); });
  for (const std::weak_ptr<Channel>& channel : channels) {
    if (auto found = channel.lock(); found->is_to(target, tls, keepalive)) return found;
  }
  auto made = std::make_shared<Channel>(shard, target, tls, keepalive);
  channels.push_back(made);
  return made;
}

}  // namespace cppworker::grpc
