#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "net/tls13_records.hpp"
#include "net/tls_result.hpp"
#include "net/tls_socket.hpp"

namespace cppworker::net {

/// A TLS 1.3 connection after its handshake, without OpenSSL's objects: some 300 bytes. It
/// has a buffer only while it holds a part of a record. Call it on the scheduler's own stack.
class Tls13Stream {
 public:
  /// Smallest buffer for read().
  static constexpr std::size_t kReadMin = Tls13Records::kRecordMax;

  /// @param socket outlives the stream
  Tls13Stream(TlsSocket& socket, const Tls13Suite& suite, const Tls13Records::Direction& reads,
              const Tls13Records::Direction& writes)
      : socket_(socket), records_(suite, reads, writes) {}

  // As those of TlsStream.
  TlsResult read(std::span<char> buffer);
  TlsResult write(std::string_view bytes);
  TlsResult send_end();
  [[nodiscard]] bool may_have_more() const;
  [[nodiscard]] bool silent();

 private:
  /// Opens what has been received after partial_; keeps a new part of a record there.
  std::size_t open(std::span<char> received, std::size_t size, std::span<char> buffer);
  TlsResult send_unsent();
  void send_alert();

  TlsSocket& socket_;
  Tls13Records records_;
  std::vector<char> partial_;       // the received beginning of a record
  std::vector<char> unsent_;        // the rest of the last sealed bytes
  std::size_t unsent_content_ = 0;  // bytes of the caller in the record of unsent_
  bool end_sealed_ = false;         // by send_end()
};

}  // namespace cppworker::net
