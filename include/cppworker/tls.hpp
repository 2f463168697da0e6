#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cppworker {

/// How a server's certificate is checked: against the system's certificate authorities (true),
/// against those in a file or directory (its path), or not at all (false).
struct Verify {
  bool enabled = true;
  std::string ca_path{};

  Verify(bool enabled_) : enabled(enabled_) {}            // NOLINT(google-explicit-constructor)
  Verify(const char* path) : ca_path(path) {}             // NOLINT(google-explicit-constructor)
  Verify(std::string path) : ca_path(std::move(path)) {}  // NOLINT(google-explicit-constructor)
  bool operator==(const Verify&) const = default;
};

/// A client certificate: the path of a PEM file with certificate and key, or one path for each.
struct Cert {
  std::string cert{};
  std::string key{};  ///< "": in the same file
  bool operator==(const Cert&) const = default;
};

/// The TLS settings of a TcpStream. TLS 1.2 and 1.3.
struct Tls {
  Verify verify = true;
  /// A client certificate, for mutual TLS. Each connection may use a different one: the files are
  /// read when it connects.
  std::optional<Cert> cert{};
  /// The name that is sent to the server (SNI) and that its certificate must be for; "": the host
  /// that the stream connects to. An address is not sent.
  std::string server_hostname{};
  /// The protocols to offer (ALPN), for example {"mqtt"}; the preferred one first.
  std::vector<std::string> alpn{};
};

}  // namespace cppworker
