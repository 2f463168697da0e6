#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "net/tls13_aead.hpp"
#include "net/tls13_keys.hpp"
#include "net/tls_result.hpp"

namespace cppworker::net {

/// The record layer of a TLS 1.3 client after the handshake (RFC 8446, 5), without a socket. It
/// ignores session tickets and applies key updates. It checks all that the peer sends; a fault ends
/// the connection.
class Tls13Records {
 public:
  static constexpr std::size_t kHeader = 5;
  static constexpr std::size_t kContentMax = std::size_t{16} * 1024;
  /// Of a whole record.
  static constexpr std::size_t kRecordMax = kHeader + kContentMax + 256;
  /// What seal() can write at most: a key update and a record.
  static constexpr std::size_t kSealedMax = kRecordMax + 64;
  /// Limit of records in a row without application data.
  static constexpr unsigned kQuietMax = 32;

  struct Direction {
    const Tls13Keys::Secret& secret;
    std::uint64_t sequence = 0;  ///< records that the secret has protected already
  };
  Tls13Records(const Tls13Suite& suite, const Direction& reads, const Direction& writes);

  /// The size of the record that begins with `bytes`, as far as they show it.
  static std::size_t record_size(std::span<const char> bytes);

  struct Opened {
    std::size_t consumed = 0;  ///< the whole records; bytes of a part of one may follow
    std::size_t size = 0;      ///< of the application data
  };
  /// Opens all whole records; stops at the end of the connection.
  /// @param data at least as large as `received`, another place
  Opened open(std::span<const char> received, char* data);
  /// kDone: the peer may send more. kClosed, kFailed: it has closed the connection, or what it has
  /// sent was wrong or a fatal alert.
  [[nodiscard]] TlsResult end() const;

  /// Writes a record with `content` to `output`, after a key update if the peer has requested one.
  /// @param content at most kContentMax @param output at least kSealedMax
  std::size_t seal(std::string_view content, std::span<char> output);
  /// Whether a fault of the peer must be reported to it. seal_alert() makes the record.
  [[nodiscard]] bool owes_alert() const { return alert_ != 0; }
  std::size_t seal_alert(std::span<char> output);
  /// Writes a close_notify to `output`. @param output at least kSealedMax
  std::size_t seal_end(std::span<char> output);

 private:
  enum class Type : unsigned char { kAlert = 21, kHandshake = 22, kData = 23 };
  /// A fault of the peer: the alert of RFC 8446, 6.2, for it, OpenSSL's reason for us.
  struct Fault {
    std::uint8_t alert = 0;
    std::uint16_t reason = 0;
  };

  /// Opens one record. Returns the size of its application data.
  std::size_t open_record(Tls13Aead& aead, std::span<const char> record, char* data);
  void take_alert(std::span<const char> content);
  void take_handshake(Tls13Aead& aead, std::span<const char> content);
  void begin_message();
  void update_read_keys(Tls13Aead& aead, unsigned char request);
  void count_quiet_record();
  void fail(Fault fault);
  std::size_t seal_alert(std::array<char, 2> alert, std::span<char> output);
  std::size_t seal_record(Tls13Aead& aead, Type type, std::string_view content,
                          std::span<char> output);

  const Tls13Suite& suite_;
  Tls13Keys reads_;
  Tls13Keys writes_;
  // A handshake message may come in several records; no bodies are kept.
  std::array<unsigned char, 4> message_{};  // its type and size
  std::uint8_t message_header_ = 0;         // bytes of message_ that have come
  std::uint32_t message_left_ = 0;          // bytes of the body that have not come
  std::uint8_t quiet_ = 0;                  // records since the last application data
  std::uint8_t alert_ = 0;                  // to be sent; 0: none
  std::uint16_t reason_ = 0;                // OpenSSL's, of the failure; 0: none
  bool closed_ = false;
  bool owes_key_update_ = false;
};

}  // namespace cppworker::net
