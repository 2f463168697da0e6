#pragma once

#include <optional>
#include <string>

#include "net/tls_stream.hpp"

namespace cppworker::detail {

/// The TLS of a TcpStream.
struct TcpTls {
  TcpTls() = default;
  ~TcpTls();
  TcpTls(const TcpTls&) = delete;
  TcpTls& operator=(const TcpTls&) = delete;

  std::string server_hostname{};  ///< that the certificate must be for
  net::TlsStream stream{};
  std::string alpn_protocol{};  ///< that the server has chosen
  /// How reading has ended: kClosed or kFailed. OpenSSL reports a failure only once.
  std::optional<net::TlsResult> end{};

  /// Receives bytes and appends them to `received`. Does not wait.
  [[nodiscard]] net::TlsResult::Kind receive(std::string& received);
  /// The handshake was complete and the connection is going to be closed: sends a close_notify if
  /// the socket takes it.
  void finish();
};

}  // namespace cppworker::detail
