#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <cppworker/tls.hpp>

#include "coro/clock.hpp"
#include "net/connection.hpp"
#include "net/failure.hpp"
#include "net/shard_resolver.hpp"
#include "net/tls_contexts.hpp"

namespace cppworker::net {

constexpr coro::Duration kHeadStart = std::chrono::milliseconds{250};

/// Where a connection goes.
struct Destination {
  /// A name or an address; an IPv6 address with or without brackets, and with an interface if
  /// necessary: "fe80::1%eth0".
  std::string host{};
  std::uint16_t port = 0;
  const Tls* tls = nullptr;  ///< null: no TLS
};

/// The steps of dial().
enum class DialStep : std::uint8_t { kLookup, kConnect, kTlsHandshake };

struct Dialed {
  std::unique_ptr<Connection> connection{};  ///< null: see `failure`
  std::string alpn_protocol{};               ///< that the server has chosen; "": none
  Failure failure{};
  DialStep step = DialStep::kLookup;  ///< in which it has failed
};

/// Looks the name up, connects and makes the TLS handshake. Suspends the calling coroutine. Throws
/// StopUser, and Error if a file of the TLS settings can't be read.
/// - The addresses are tried in turn: the next one when those before have failed or have not
///   answered within kHeadStart. The first one that accepts is used.
/// - If no address accepts, the name is looked up again, as the answer may be outdated.
/// - The local address is the next one of SourceAddresses::process(). TCP_NODELAY is set.
/// @param names, tls_contexts those of the shard
/// @param deadline for all steps together; TimePoint::max(): none
[[nodiscard]] Dialed dial(ShardResolver& names, TlsContexts& tls_contexts,
                          const Destination& destination,
                          coro::TimePoint deadline = coro::TimePoint::max());

/// The handshake of dial(), on a connection without TLS. Suspends. Throws StopUser, and Error if a
/// file of the TLS settings can't be read.
/// @pre destination.tls != nullptr
[[nodiscard]] Failure start_tls(TlsContexts& tls_contexts, const Destination& destination,
                                Connection& connection, Deadline& deadline);

/// The name that the server's certificate must be for.
[[nodiscard]] std::string certificate_host(const Destination& destination);

/// The cause in words: "Connection refused", "timed out", "closed by the other side",
/// "SSLCertVerificationError(1, '…')".
/// @param host certificate_host()
[[nodiscard]] std::string failure_text(const Failure& failure, std::string_view host);

/// The same for a failure of the TLS handshake.
[[nodiscard]] std::string handshake_failure_text(const Failure& failure, std::string_view host);

/// The same with what was being done: "connecting to shop.test:80: Connection refused".
/// @pre dialed.connection == nullptr
[[nodiscard]] std::string failure_text(const Dialed& dialed, const Destination& destination);

}  // namespace cppworker::net
